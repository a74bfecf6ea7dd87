"""A form that needs data is never answered without: by no one, whatever the way."""

from typing import Any

import pytest

from event_schemas.types import (
    AnswerRecorded,
    AutoDecision,
    ChangesRequested,
    Completed,
    DeadlineAction,
    Expire,
    Means,
    Outcome,
    Received,
    RefusalReason,
    Requested,
    Revise,
    State,
    TimedOut,
)
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    BOT,
    CLOCK,
    HASH,
    HOUR,
    OTHER_HASH,
    answer,
    at_deadline,
    later_by,
    policy,
)

REVISABLE = policy(max_revisions=1)
SEND_BACK = answer("request_changes")
DATA = '{"limit":1}'


def formed(**over: Any) -> Story:
    """A question with a form that an empty answer misses."""
    return given(**{"form": '{"required":["limit"]}', "needs_data": True, **over})


def revise(**over: Any) -> Revise:
    return Revise(title="And now?", context="{}", content_hash=OTHER_HASH, **over)


@pytest.mark.parametrize("decision", ["approve", "retry"])
def test_what_approves_or_answers_must_bring_data(decision: str) -> None:
    story = formed().when(ANN, answer(decision)).then_refused(RefusalReason.INVALID)
    assert story.last.refusal is not None
    assert "answer with data" in story.last.refusal.detail
    story.when(ANN, answer(decision, data=DATA)).then(Received, Completed())


def test_edits_are_no_data() -> None:
    bare = answer(edited="{}", patch="[]")
    formed().when(ANN, bare).then_refused(RefusalReason.INVALID)


@pytest.mark.parametrize("decision", ["reject", "cannot_fix", "request_changes"])
def test_saying_no_needs_no_data(decision: str) -> None:
    formed().when(ANN, answer(decision)).then(Received, Completed())


def test_sending_back_needs_no_data_either() -> None:
    formed(rules=REVISABLE).when(ANN, SEND_BACK).then(ChangesRequested)


def test_a_form_that_an_empty_answer_fits_is_answered_bare() -> None:
    story = formed(form='{"type":"object"}', needs_data=False)
    story.when(ANN, answer()).then(Received, Completed())


def test_each_of_several_must_bring_data() -> None:
    story = formed(rules=policy(quorum=2)).when(ANN, answer(data=DATA)).then(AnswerRecorded)
    story.when(BEN, answer()).then_refused(RefusalReason.INVALID)
    story.when(BEN, answer(data=DATA)).then(AnswerRecorded, Received, Completed())


def test_a_revision_may_bring_a_form_that_needs_data() -> None:
    story = given(rules=REVISABLE).when(ANN, SEND_BACK).when(BOT, revise(needs_data=True))
    assert story.events[0].needs_data
    story.when(ANN, answer()).then_refused(RefusalReason.INVALID)


def test_a_revision_may_free_the_answer_from_its_form() -> None:
    story = formed(rules=REVISABLE).when(ANN, SEND_BACK).when(BOT, revise())
    story.then_is(State.PENDING, needs_data=False)
    story.when(ANN, answer()).then(Received, Completed())


def at_the_deadline(action: DeadlineAction, data: str | None = None, **over: Any) -> Story:
    deadline = at_deadline(action, data=data)
    return formed(rules=policy(deadline=deadline), **over).when(
        CLOCK, Expire(generation=1), after=HOUR
    )


def test_the_deadline_approves_nothing_without_the_data_that_is_promised() -> None:
    story = at_the_deadline(DeadlineAction.APPROVE)
    story.then(TimedOut(action=DeadlineAction.FAIL, deadline=later_by(HOUR)), Completed())
    story.then_is(State.COMPLETED, outcome=Outcome.TIMED_OUT)


def test_the_deadline_answers_with_data_of_its_own_rejects_bare_and_else_as_ever() -> None:
    given_data = at_the_deadline(DeadlineAction.APPROVE, DATA).events[0].response
    assert (given_data.means, given_data.data) == (Means.APPROVE, DATA)
    assert at_the_deadline(DeadlineAction.REJECT).events[0].response.means is Means.REJECT
    bare = at_the_deadline(DeadlineAction.APPROVE, needs_data=False).events[0].response
    assert (bare.means, bare.data) == (Means.APPROVE, None)


@pytest.mark.parametrize("maker", [None, "lea"])
def test_no_rule_fills_in_a_form(maker: str | None) -> None:
    auto = AutoDecision(rule="small", rule_version=1, decision="approve", maker=maker)
    story = formed(auto_decision=auto).then(Requested).then_is(State.PENDING, needs_data=True)
    assert story.events[0].auto_decision is None


@pytest.mark.parametrize("maker", [None, "lea"])
def test_a_rule_may_say_no_to_a_question_with_a_form(maker: str | None) -> None:
    auto = AutoDecision(rule="small", rule_version=1, decision="reject", maker=maker)
    formed(auto_decision=auto).then(Requested, Received, Completed())


def test_who_looked_at_another_question_is_told_so_first() -> None:
    story = formed().when(ANN, answer(revision=2)).then_refused(RefusalReason.STALE_REVISION)
    story.when(ANN, answer(content_hash=HASH)).then_refused(RefusalReason.INVALID)
