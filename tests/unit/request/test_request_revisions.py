"""How a question is sent back, revised, and asked again."""

import pytest

from event_schemas.types import (
    Assign,
    Assignee,
    CallbackStatus,
    Cancel,
    ChangesRequested,
    Claim,
    Comment,
    Commented,
    Completed,
    DeadlineAction,
    Escalate,
    Expire,
    Extend,
    Means,
    NextStep,
    Outcome,
    Priority,
    Received,
    RecordNotification,
    RefusalReason,
    Release,
    Reprioritise,
    Reprioritised,
    Revise,
    Revised,
    Start,
    State,
    StepKind,
    TimedOut,
)
from kernel.request.steps import next_step
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    BOT,
    CALLBACK,
    CLOCK,
    DAY,
    HASH,
    HOUR,
    LEA,
    MINUTE,
    NOTIFIER,
    OTHER_HASH,
    agent,
    answer,
    at_deadline,
    later_by,
    policy,
    rung,
)

REVISABLE = policy(max_revisions=2, revise_within_seconds=DAY)
REVISE = Revise(title="And now?", context='{"n": 2}', content_hash=OTHER_HASH, note="Mended.")
SEND_BACK = answer("request_changes")


def sent_back(**over: object) -> Story:
    return given(rules=REVISABLE, **over).when(ANN, SEND_BACK, after=60)


def test_without_revisions_asking_for_changes_is_a_final_answer() -> None:
    story = given().when(ANN, SEND_BACK).then(Received, Completed)
    story.then_is(State.COMPLETED, outcome=Outcome.ANSWERED)
    assert story.state.closing.means is Means.CHANGES


def test_changes_are_requested_with_a_time_to_revise() -> None:
    story = sent_back()
    requested = story.events[0]
    story.then(ChangesRequested)
    assert requested.deadline == later_by(60 + DAY)
    assert requested.revisions_left == 1
    story.then_is(
        State.REVISING,
        outcome=None,
        closing=None,
        revisions_used=1,
        deadline=later_by(60 + DAY),
        callback_status=None,
    )


def test_the_asker_is_called_back_about_the_changes() -> None:
    story = sent_back(callback=CALLBACK)
    story.then_is(
        State.REVISING,
        callback_status=CallbackStatus.PENDING,
        callback_id=story.news[0].context.event_id,
    )


def test_whoever_sent_it_back_holds_it_no_more() -> None:
    story = given(rules=REVISABLE).when(ANN, Claim()).when(ANN, SEND_BACK)
    story.then_is(State.REVISING, assignee=None, claim_until=None)


def test_the_revised_question_is_pending_again_with_its_full_time() -> None:
    story = given(rules=REVISABLE)
    story.when(NOTIFIER, RecordNotification(notice_id="n1", sent=1, failed=0))
    story.when(ANN, SEND_BACK).when(BOT, REVISE, after=2 * HOUR)
    story.then(
        Revised(
            revision=2,
            title="And now?",
            context='{"n": 2}',
            content_hash=OTHER_HASH,
            note="Mended.",
            deadline=later_by(3 * HOUR),
        )
    )
    story.then_is(
        State.PENDING,
        revision=2,
        content_hash=OTHER_HASH,
        notified=False,
        deadline=later_by(3 * HOUR),
        ladder_from=later_by(2 * HOUR),
    )
    story.when(NOTIFIER, RecordNotification(notice_id="n2", sent=1, failed=0))
    story.then_is(State.NOTIFIED)


def test_a_question_without_a_deadline_waits_for_ever_again() -> None:
    story = sent_back(timeout_seconds=None).when(BOT, REVISE)
    story.then_is(State.PENDING, deadline=None)


@pytest.mark.parametrize("seen", [{"revision": 1}, {"content_hash": HASH}])
def test_an_answer_to_the_question_before_is_stale(seen: dict[str, object]) -> None:
    story = sent_back().when(BOT, REVISE).when(BEN, answer(**seen))
    story.then_refused(RefusalReason.STALE_REVISION)
    assert story.last.refusal is not None
    assert story.last.refusal.revision == 2
    story.when(BEN, answer(revision=2, content_hash=OTHER_HASH)).then(Received, Completed)


def test_changes_are_capped() -> None:
    story = sent_back().when(BOT, REVISE).when(BEN, SEND_BACK).when(BOT, REVISE)
    story.then_is(State.PENDING, revisions_used=2, revision=3)
    story.when(ANN, SEND_BACK).then_refused(RefusalReason.REVISIONS_EXHAUSTED)
    story.when(ANN, answer("reject")).then(Received, Completed)


@pytest.mark.parametrize(
    ("actor", "body"),
    [
        (ANN, answer()),
        (ANN, Claim()),
        (ANN, Start()),
        (LEA, Assign(assignee=Assignee(person="ann"))),
        (LEA, Release()),
        (LEA, Escalate()),
    ],
)
def test_nobody_works_on_it_while_a_revision_is_awaited(actor: object, body: object) -> None:
    sent_back().when(actor, body).then_refused(RefusalReason.WRONG_STATE)


def test_words_time_and_urgency_may_change_while_a_revision_is_awaited() -> None:
    story = sent_back().when(BOT, Comment(text="Soon.")).then(Commented)
    story.when(BOT, Reprioritise(priority=Priority.HIGH)).then(Reprioritised)
    story.when(LEA, Extend(seconds=2 * DAY))
    story.then_is(State.REVISING, deadline=later_by(60 + 2 * DAY))


def test_a_revision_needs_a_request_for_changes_and_its_asker() -> None:
    given(rules=REVISABLE).when(BOT, REVISE).then_refused(RefusalReason.WRONG_STATE)
    sent_back().when(agent("other"), REVISE).then_refused(RefusalReason.NOT_ALLOWED)
    sent_back().when(LEA, REVISE).then_refused(RefusalReason.NOT_ALLOWED)


def test_a_request_that_is_sent_back_can_be_withdrawn() -> None:
    sent_back().when(BOT, Cancel()).then_is(State.COMPLETED, outcome=Outcome.CANCELLED)


def test_only_the_end_is_due_while_a_revision_is_awaited() -> None:
    rules = policy(
        max_revisions=1,
        claim_seconds=MINUTE,
        ladder=(rung("lead", HOUR),),
        remind_before_seconds=(HOUR,),
    )
    story = given(rules=rules).when(ANN, Claim()).when(ANN, SEND_BACK)
    assert story.request is not None
    assert next_step(story.request) == NextStep(
        kind=StepKind.EXPIRE, at=later_by(DAY), generation=2
    )


@pytest.mark.parametrize(
    "action", [DeadlineAction.APPROVE, DeadlineAction.ESCALATE, DeadlineAction.FAIL]
)
def test_without_a_revision_in_time_it_closes_unanswered(action: DeadlineAction) -> None:
    rules = policy(max_revisions=1, deadline=at_deadline(action), ladder=(rung("lead", HOUR),))
    story = given(rules=rules).when(ANN, SEND_BACK).when(CLOCK, Expire(generation=2), after=DAY)
    story.then(TimedOut(action=DeadlineAction.FAIL, deadline=later_by(DAY)), Completed())


def test_a_late_revision_is_late() -> None:
    story = sent_back().when(BOT, REVISE, after=DAY)
    story.then_refused(RefusalReason.LATE, TimedOut, Completed)


def test_the_ladder_starts_again_with_the_revised_question() -> None:
    rules = policy(max_revisions=1, ladder=(rung("lead", 30 * MINUTE, "lea"), rung("chief", HOUR)))
    story = given(rules=rules, timeout_seconds=DAY)
    story.when(LEA, Escalate(), after=MINUTE).when(ANN, SEND_BACK).when(BOT, REVISE, after=HOUR)
    assert story.request is not None
    assert next_step(story.request) == NextStep(
        kind=StepKind.ESCALATE, at=later_by(MINUTE + HOUR + HOUR), generation=1
    )
