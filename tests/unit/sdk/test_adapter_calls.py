"""What the adapters share: questions known by what they are about, and verdicts bound to a call."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from handraise.adapters.asking import Terms, asked, bound, one_line, outcomes
from handraise.adapters.sayings import accepts, approves
from handraise.adapters.tool_calls import Approved, Denied, ToolCall, question_about, verdict_on
from handraise.errors import Invalid
from handraise.models import Request
from handraise.outcomes import outcome_of
from handraise.question import Question

from tests.unit.sdk.service import Service, hand_over

CALL = ToolCall(id="call-1", tool="refund", arguments={"order": "A-17", "cents": 2400})
SHOWN = {"function": "refund", "arguments": {"order": "A-17", "cents": 2400}}
APPROVAL = {"decision": "approve", "means": "approve", "responder_id": "user-1"}


def closed(outcome: str = "answered", **said: Any) -> Request:
    context = said.pop("context", SHOWN)
    state = said.pop("state", "completed")
    return Request.model_validate(
        {
            "id": "req-1",
            "state": state,
            "outcome": outcome or None,
            "context": context,
            "response": said or None,
        }
    )


def key(question: Question) -> str:
    return question.get("idempotency_key", "")


def test_an_approval_lets_just_the_call_through_that_was_shown() -> None:
    verdict = verdict_on(CALL, outcome_of(closed(**APPROVAL)))
    assert verdict == Approved(CALL.arguments, False, "user-1")


def test_arguments_that_a_reviewer_edited_are_those_of_the_approval() -> None:
    edited = {"function": "refund", "arguments": {"order": "A-17", "cents": 1200}}
    verdict = verdict_on(CALL, outcome_of(closed(**APPROVAL, edited=edited)))
    assert verdict == Approved({"order": "A-17", "cents": 1200}, True, "user-1")
    same = {"function": "refund", "arguments": {"cents": 2400.0, "order": "A-17"}}
    unchanged = verdict_on(CALL, outcome_of(closed(**APPROVAL, edited=same)))
    assert unchanged == Approved({"order": "A-17", "cents": 2400}, False, "user-1")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (closed(decision="reject", means="reject", comment="No"), "A person decided: reject: No"),
        (closed(decision="ok", means="answer"), "A person decided: ok."),
        (closed(decision="approve"), "A person decided: approve."),
        (
            closed("could_not_complete", decision="cannot", means="could_not_complete"),
            "A person could not decide this.",
        ),
        (closed("timed_out"), "Nobody answered in time."),
        (closed("timed_out", **APPROVAL, default=True), "Nobody answered in time."),
        (closed("cancelled", decision=None, comment="moved"), "The question was withdrawn: moved"),
        (
            closed("", state="revising", decision="changes", means="changes", comment="Less"),
            "A person wants this changed: Less",
        ),
        (
            closed(**APPROVAL, context={**SHOWN, "arguments": {"order": "A-17", "cents": 1}}),
            "The approval is for another call.",
        ),
        (closed(**APPROVAL, context={**SHOWN, "function": "pay"}), "The approval is for another"),
        (closed(**APPROVAL, edited={"arguments": "all"}), "A person edited this into something"),
        (closed(**APPROVAL, edited=["gone"]), "A person edited this into something"),
    ],
)
def test_all_else_denies_the_call_and_says_why(request_: Request, reason: str) -> None:
    verdict = verdict_on(CALL, outcome_of(request_))
    assert isinstance(verdict, Denied)
    assert verdict.reason.startswith(reason)


def test_a_policy_that_approves_at_the_deadline_is_no_person() -> None:
    lapsed = outcome_of(closed("timed_out", **APPROVAL, default=True))
    assert not approves(lapsed)
    assert not accepts(lapsed)


def test_a_call_is_one_question_in_every_process_and_another_one_with_other_arguments() -> None:
    terms: Terms = {"timeout": 60}
    first = question_about(CALL, "run-1", terms)
    assert first == question_about(CALL, "run-1", terms)
    reordered = ToolCall(id="call-1", tool="refund", arguments={"cents": 2400, "order": "A-17"})
    assert key(question_about(reordered, "run-1", terms)) == key(first)
    others = [
        question_about(CALL, "run-2", terms),
        question_about(ToolCall(id="call-2", tool="refund", arguments=CALL.arguments), "run-1", {}),
        question_about(ToolCall(id="call-1", tool="refund", arguments={"cents": 1}), "run-1", {}),
        question_about(ToolCall(id="call-1", tool="pay", arguments=CALL.arguments), "run-1", {}),
    ]
    assert len({key(one) for one in [first, *others]}) == len(others) + 1


def test_what_a_tool_says_of_its_call_never_hides_the_call() -> None:
    own = {"title": "Give it back?", "context": {"arguments": {}, "ticket": 7}}
    question = question_about(CALL, "run-1", {"kind": "approval"}, own)
    assert question["title"] == "Give it back?"
    assert question.get("context") == {**SHOWN, "ticket": 7}
    assert question.get("kind") == "approval"


def test_any_text_makes_a_title_of_one_line() -> None:
    assert one_line("  Pay\n it? ") == "Pay it?"
    assert len(one_line("why? " * 90)) == 200


async def test_a_question_asked_again_on_other_terms_is_the_one_that_was_asked() -> None:
    service = Listing()
    hand = hand_over(service)
    other = ToolCall(id="call-0", tool="refund", arguments=CALL.arguments)
    await asked(hand, {"call-0": question_about(other, "run-1", {"timeout": 60})})
    first = await asked(hand, {"call-1": question_about(CALL, "run-1", {"timeout": 60})})
    again = await asked(hand, {"call-1": question_about(CALL, "run-1", {"timeout": 90})})
    assert again["call-1"].id == first["call-1"].id
    assert len(service.requests) == 2


async def test_a_request_that_shows_something_else_is_not_taken_for_the_question() -> None:
    service = Listing()
    hand = hand_over(service)
    forged: Question = {"title": "Tea?", "context": {"tea": 1}}
    await asked(hand, {"a": bound(forged, workflow_id="run-1", place="call-1", about=SHOWN)})
    with pytest.raises(Invalid):
        await asked(hand, {"call-1": question_about(CALL, "run-1", {})})


async def test_answers_that_came_in_time_are_told_and_the_others_not() -> None:
    service = Service()
    hand = hand_over(service)
    other = ToolCall(id="call-2", tool="pay", arguments={})
    questions = {one.id: question_about(one, "run-1", {}) for one in (CALL, other)}
    requests = await asked(hand, questions)
    assert await outcomes(hand, questions, timedelta(0)) == {}
    service.close(requests["call-2"].id)
    found = await outcomes(hand, questions, timedelta(seconds=3))
    assert {name: one.request.id for name, one in found.items()} == {
        "call-2": requests["call-2"].id
    }


class Listing(Service):
    """A service that also lists what a workflow asked, one a page."""

    def _reply(self, request: Any, path: str) -> Any:
        if request.method != "GET" or path != "":
            return super()._reply(request, path)
        params = request.url.params
        mine = [
            {"id": one["id"], "state": one["state"]}
            for one in self.requests.values()
            if one["workflow_id"] == params.get("workflow_id", "")
        ]
        start = int(params.get("cursor", "0"))
        following = str(start + 1) if start + 1 < len(mine) else None
        return httpx.Response(
            200, json={"items": mine[start : start + 1], "next_cursor": following}
        )
