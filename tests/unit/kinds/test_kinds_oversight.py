"""What a kind wants to be looked at, and who may answer it beforehand."""

from typing import Any

import pytest

from event_schemas.types import OversightRule
from task_kinds.flaws import BadKind
from task_kinds.kind import Kind, RuleMakers
from task_kinds.loader import builtin_kinds, kind_from


def kind(**over: Any) -> Kind:
    decisions = [{"name": "approve", "means": "approve"}]
    return kind_from({"kind": "merge", "title": "Merge", "decisions": decisions, **over})


def test_left_out_no_look_is_wanted_and_leads_make_rules() -> None:
    assert (kind().oversight, kind().standing_rules) == (None, RuleMakers.LEADS)


def test_a_look_is_wanted_as_written() -> None:
    written = {"parts": ["diff"], "in_view_seconds": 5, "proven": True}
    wanted = OversightRule(parts=("diff",), in_view_seconds=5, proven=True)
    assert kind(oversight=written).oversight == wanted
    assert kind(oversight={"in_view_seconds": 5}).oversight == OversightRule(in_view_seconds=5)


def test_a_look_at_nothing_in_particular_is_still_a_look() -> None:
    assert kind(oversight={}).oversight == OversightRule()


@pytest.mark.parametrize(
    ("over", "place"),
    [
        ({"oversight": {"parts": ["<diff>"]}}, ("oversight", "parts", 0)),
        ({"oversight": {"parts": ["diff", "diff"]}}, ("oversight", "parts")),
        ({"oversight": {"in_view_seconds": -1}}, ("oversight", "in_view_seconds")),
        ({"oversight": {"in_view_seconds": 1e9}}, ("oversight", "in_view_seconds")),
        ({"oversight": {"seconds": 5}}, ("oversight",)),
        ({"standing_rules": "anybody"}, ("standing_rules",)),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told_by_its_place(
    over: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    with pytest.raises(BadKind) as caught:
        kind(**over)
    assert [flaw.path[: len(place)] for flaw in caught.value.flaws] == [place]


def test_the_built_in_kinds_ask_for_no_look_that_a_client_of_before_could_not_prove() -> None:
    assert {kind.oversight for kind in builtin_kinds().values()} == {None}
