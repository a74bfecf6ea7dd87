"""Bodies are taken strictly: what nobody knows, and what is doubtful, is refused by its place."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.rest.examples.bodies import BODIES
from api.rest.inputs import AssignInput, CommentInput, ExtendInput, RespondInput
from api.rest.list_query import ListQuery, begun, carried
from kernel.errors import Invalid
from kernel.question import Input
from tests.unit.api.moments import NOON


@pytest.mark.parametrize("model", BODIES, ids=lambda model: model.__name__)
def test_a_field_that_nobody_knows_is_refused(model: type[Input]) -> None:
    for smuggled in ("state", "tenant", "responded_by", "created_at", "role", "actor"):
        with pytest.raises(ValidationError):
            model.model_validate(BODIES[model] | {smuggled: "x"})


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (RespondInput, {}),
        (RespondInput, {"decision": ""}),
        (RespondInput, {"decision": "approve", "revision": "1"}),
        (RespondInput, {"decision": "approve", "revision": 0}),
        (RespondInput, {"decision": "approve", "comment": "x" * 20_001}),
        (RespondInput, {"decision": 1}),
        (AssignInput, {"assignee": {}}),
        (AssignInput, {"assignee": {"person": "kim", "team": "payments"}}),
        (CommentInput, {"text": ""}),
        (ExtendInput, {}),
        (ExtendInput, {"minutes": 5, "timeout_at": "2026-01-31T17:00:00Z"}),
        (ExtendInput, {"minutes": 10**18}),
        (ExtendInput, {"minutes": True}),
        (ExtendInput, {"timeout_at": "2026-01-31T17:00:00"}),
        (ExtendInput, {"timeout_at": "tomorrow"}),
        (ExtendInput, {"timeout_at": 1769878800}),
    ],
)
def test_what_is_doubtful_is_refused(model: type[Input], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_a_moment_is_read_with_its_time_zone() -> None:
    extended = ExtendInput.model_validate({"timeout_at": "2026-01-31T17:00:00+02:00"})
    assert extended.timeout_at is not None
    assert extended.timeout_at.utctimetuple().tm_hour == 15


def test_an_age_is_counted_from_the_first_page_on() -> None:
    first = ListQuery(min_age_minutes=10)
    before, inner = begun(first, NOON)
    given_out = carried(before, "inner")
    assert (inner, given_out) != (None, None)
    later = NOON.replace(hour=18)
    assert begun(ListQuery(min_age_minutes=10, cursor=given_out), later) == (before, "inner")


def test_without_an_age_the_cursor_is_the_views_own() -> None:
    assert begun(ListQuery(cursor="inner"), NOON) == (None, "inner")
    assert carried(None, "inner") == "inner"


@pytest.mark.parametrize("cursor", ["x~inner", "~inner", "9" * 40 + "~inner"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        begun(ListQuery(min_age_minutes=10, cursor=cursor), NOON)
