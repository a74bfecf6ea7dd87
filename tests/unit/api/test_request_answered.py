"""What the page tells of an answer: by whom or by which rule, and what proves the looking."""

from typing import Any

import pytest

from api.rest.examples.requests import REQUEST
from api.web.request.answered import answer_in, may_become_rule
from tests.unit.api.moments import NOON

SEEN = {"proven": True, "opened": ["code_diff", "risk"], "in_view_seconds": 41}
RULE = {"rule": "r-7", "rule_version": 2, "maker": "lea"}


def answered(**response: Any) -> dict[str, Any]:
    given = {**REQUEST["response"], "responder_id": "kim", "seen": None, "rule": None, **response}
    return {**REQUEST, "responded_at": NOON, "response": given}


def told(request: dict[str, Any]) -> dict[str, str | None]:
    return {one.name: one.text for one in answer_in(request, str.capitalize)}


def test_an_answer_says_who_looked_at_what_and_for_how_long() -> None:
    found = told(answered(seen=SEEN))
    assert found["By"] == "Kim"
    assert found["Looked at"] == ("41 s in view; opened: code diff, risk (as our page signed it)")


def test_a_callers_own_word_is_no_proof() -> None:
    found = told(answered(seen={**SEEN, "proven": False, "opened": []}))
    assert found["Looked at"] == "41 s in view (by the caller's own word)"
    assert "Looked at" not in told(answered())


def test_an_answer_by_a_standing_rule_names_it_and_its_maker() -> None:
    found = told(answered(rule=RULE))
    assert found["By standing rule"] == "r-7, version 2, made by Lea"
    assert "By" not in found


@pytest.mark.parametrize(
    ("request_", "me", "may"),
    [
        (answered(), "kim", True),
        (answered(), "lou", False),
        (answered(rule=RULE), "kim", False),
        (answered(responder_id=None), "kim", False),
        ({**REQUEST, "response": None}, "kim", False),
    ],
)
def test_only_ones_own_answer_becomes_a_rule(
    request_: dict[str, Any], me: str, *, may: bool
) -> None:
    assert may_become_rule(request_, me) is may
