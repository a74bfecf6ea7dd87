"""Before money is spent: the request as Handraise has it must say yes to just this script."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from handraise import HandraiseError, Request

from examples.reel_scripts.model import Approval
from examples.reel_scripts.receipts import objection, why_not
from tests.unit.sdk.service import Script, hand_over, problem

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ROUND = Approval(
    reel_id=1,
    round=1,
    workflow_id="w",
    state="approved",
    request_id="r",
    script_revision=2,
    request_revision=3,
    content_hash="abc",
    decided_at=NOW,
)


def request(**over: Any) -> Request:
    said = {
        "id": "r",
        "state": "completed",
        "outcome": "answered",
        "revision": 3,
        "content_hash": "abc",
        "context": {"script": "Just this.", "script_revision": 2},
        "response": {"decision": "approve", "means": "approve"},
    }
    return Request.model_validate(said | over)


def history(*spenders: str) -> httpx.Response:
    spent = [{"event": "Redeemed", "data": {"spender": one}} for one in spenders]
    items = [{"event": "Received", "data": {}}, *spent]
    return httpx.Response(200, json={"items": [{"at": NOW.isoformat(), **one} for one in items]})


async def why_not_again(told: httpx.Response) -> str | None:
    shown = httpx.Response(200, content=request().model_dump_json(by_alias=True))
    script = Script([shown, problem(409, "spent"), told])
    return await why_not(hand_over(script), ROUND, "Just this.", "reel-1")


async def test_what_we_spent_before_a_crash_is_ours_and_what_another_spent_is_not() -> None:
    assert await why_not_again(history("reel-1")) is None
    assert "spent" in (await why_not_again(history("reel-2")) or "")


async def test_while_the_history_does_not_tell_who_spent_it_nothing_is_given_up() -> None:
    with pytest.raises(HandraiseError) as late:
        await why_not_again(history())
    assert late.value.retriable


def test_a_yes_to_this_script_lets_the_video_be_made() -> None:
    assert objection(request(), ROUND, "Just this.") is None


def test_a_yes_with_other_words_is_a_yes_to_those() -> None:
    edited = {"script": " My own.\r\n", "script_revision": 2}
    said = request(response={"decision": "approve", "means": "approve", "edited": edited})
    assert objection(said, ROUND, "My own.") is None
    assert objection(said, ROUND, "Just this.") == "What was approved is another script"


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"outcome": None, "state": "notified", "response": None}, "not approved"),
        ({"outcome": "timed_out", "response": None}, "not approved"),
        ({"response": {"decision": "reject", "means": "reject"}}, "not approved"),
        ({"revision": 2}, "another form"),
        ({"content_hash": "abd"}, "another form"),
        ({"context": {"script": "Just that.", "script_revision": 2}}, "another script"),
    ],
)
def test_anything_else_stops_it(over: dict[str, Any], why: str) -> None:
    assert why in (objection(request(**over), ROUND, "Just this.") or "")
