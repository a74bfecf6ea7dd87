"""What a request means for the review that it asks for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from handraise import Request
from handraise.models import HistoryEntry

from examples.creator_reviews.delivery import delivered_output
from examples.creator_reviews.ledger import (
    HOUSE,
    Settlement,
    account_of,
    balances,
    escrow_of,
    grant,
    reserve,
    run_fee,
    settle,
)
from examples.creator_reviews.standing import (
    ReviewStatus,
    never_taken,
    sayings_of,
    standing_of,
)
from examples.creator_reviews.telling import letter_about
from examples.creator_reviews.tools.all import TOOLS

INPUTS = {"recipient": "Mrs Okafor", "points": "it rains", "sender": "Ursula"}
USUAL = {"tone": "formal", "length": "full"}
AT = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def request(state: str, outcome: str | None = None, **response: Any) -> Request:
    said = {"response": {"responded_at": AT, **response}} if response else {}
    return Request.model_validate(
        {"id": "req-1", "state": state, "outcome": outcome, "version": 4, **said}
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("pending", ReviewStatus.PENDING),
        ("notified", ReviewStatus.PENDING),
        ("assigned", ReviewStatus.IN_PROGRESS),
        ("in_progress", ReviewStatus.IN_PROGRESS),
    ],
)
def test_an_open_request_is_pending_until_the_creator_takes_it(
    state: str, status: ReviewStatus
) -> None:
    standing = standing_of(request(state))
    assert (standing.review_status, standing.outcome) == (status, None)
    assert standing.settlement is None


def test_an_answer_completes_the_review_and_is_paid_for() -> None:
    standing = standing_of(request("completed", "answered", decision="reply", comment="Sure"))
    assert standing.review_status is ReviewStatus.COMPLETED
    assert (standing.response_note, standing.reviewed_at) == ("Sure", AT)
    assert standing.settlement is Settlement.TAKEN


def test_a_creator_who_declines_is_not_paid() -> None:
    declined = request("completed", "could_not_complete", decision="decline", comment="No")
    standing = standing_of(declined)
    assert standing.review_status is ReviewStatus.COMPLETED
    assert standing.settlement is Settlement.REFUNDED


@pytest.mark.parametrize("outcome", ["timed_out", "cancelled"])
def test_a_request_that_nobody_answered_leaves_no_review_and_is_refunded(outcome: str) -> None:
    standing = standing_of(request(outcome, outcome))
    assert (standing.review_status, standing.outcome) == (ReviewStatus.NONE, outcome)
    assert standing.reviewed_at is None
    assert standing.settlement is Settlement.REFUNDED


def test_a_question_that_was_never_taken_is_refunded() -> None:
    assert never_taken("422").settlement is Settlement.REFUNDED


def test_the_edited_output_is_what_the_user_gets() -> None:
    edit = request("completed", "answered", decision="edit", edited={"output": "Dear aunt"})
    assert delivered_output("letters", INPUTS, USUAL, standing_of(edit)) == "Dear aunt"


@pytest.mark.parametrize("edited", [None, "text", {"output": 3}, {}])
def test_an_edit_that_changes_no_output_leaves_the_original(edited: Any) -> None:
    edit = request("completed", "answered", decision="edit", edited=edited)
    assert delivered_output("letters", INPUTS, USUAL, standing_of(edit)) is None


def test_only_a_decision_to_edit_edits() -> None:
    reply = request("completed", "answered", decision="reply", edited={"output": "sneaked in"})
    assert delivered_output("letters", INPUTS, USUAL, standing_of(reply)) is None


def test_a_rerun_runs_the_agent_with_the_parameters_of_the_answer() -> None:
    data = {"parameters": {"tone": "friendly", "volume": "loud", "length": 7}}
    rerun = request("completed", "answered", decision="rerun", data=data)
    output = delivered_output("letters", INPUTS, USUAL, standing_of(rerun))
    assert output == TOOLS["letters"].run(INPUTS, {"tone": "friendly", "length": "full"})


def test_a_rerun_without_parameters_uses_those_of_the_run() -> None:
    rerun = request("completed", "answered", decision="rerun")
    output = delivered_output("letters", INPUTS, USUAL, standing_of(rerun))
    assert output == TOOLS["letters"].run(INPUTS, USUAL)


def test_the_conversation_is_what_people_and_our_key_said() -> None:
    history = [
        entry("Requested", "agent", 1),
        entry("Commented", "person", 3, text="Do you know her?"),
        entry("Commented", "agent", 4, text="She is my aunt."),
    ]
    told = [(one.version, one.by_creator, one.text) for one in sayings_of(history)]
    assert told == [(3, True, "Do you know her?"), (4, False, "She is my aunt.")]


def entry(event: str, kind: str, version: int, **data: Any) -> HistoryEntry:
    return HistoryEntry(at=AT, event=event, actor={"kind": kind}, version=version, data=data)


@pytest.mark.parametrize("settlement", list(Settlement))
def test_a_price_waits_apart_and_then_goes_to_one_of_the_two(settlement: Settlement) -> None:
    reserved = [grant("u", 100), run_fee("e", "u", 5, "run"), reserve("r", "u", 45, "review")]
    assert balances(reserved)[escrow_of("r")] == 45
    ended = balances([*reserved, settle("r", settlement, ("u", "c"), 45, "end")])
    taken = settlement is Settlement.TAKEN
    assert ended[account_of("u")] == (50 if taken else 95)
    assert ended.get(account_of("c"), 0) == (45 if taken else 0)
    assert (ended[HOUSE], ended[escrow_of("r")], sum(ended.values())) == (5, 0, 0)


@pytest.mark.parametrize("settlement", list(Settlement))
def test_both_ends_of_a_review_have_the_same_id_so_that_one_can_be(settlement: Settlement) -> None:
    assert settle("r", settlement, ("u", "c"), 45, "end").id == "settle:r"


@pytest.mark.parametrize(
    ("outcome", "decision", "words"),
    [
        ("answered", "edit", "has edited the result"),
        ("answered", "rerun", "at no further cost"),
        ("answered", "reply", "has answered you"),
        ("could_not_complete", "decline", "Your 45 credits are back"),
        ("timed_out", None, "did not answer in time. Your 45 credits are back"),
        ("cancelled", None, "withdrawn. Your 45 credits are back"),
    ],
)
def test_the_user_is_told_how_it_ended(outcome: str, decision: str | None, words: str) -> None:
    ended = request("completed", outcome, decision=decision, comment="A word")
    letter = letter_about(standing_of(ended), "Letter writer", 45, "http://market.test/e")
    assert words in letter.body
    assert "Letter writer" in letter.subject
    assert ("A word" in letter.body) is (decision is not None)
    assert letter.body.endswith("http://market.test/e\n")
