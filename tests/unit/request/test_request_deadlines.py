"""What the clock does to a request: reminders, rungs, the end; and how its commands are judged."""

import pytest

from event_schemas.types import (
    Claim,
    Comment,
    Commented,
    Completed,
    DeadlineAction,
    DeadlineMoved,
    Escalate,
    Escalated,
    Expire,
    Extend,
    Means,
    NextStep,
    Outcome,
    RefusalReason,
    Remind,
    Reminded,
    Response,
    Revise,
    State,
    StepKind,
    TimedOut,
)
from kernel.request.status import status_of
from kernel.request.steps import next_step
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BOT,
    CALLBACK,
    CLOCK,
    DAY,
    HASH,
    HOUR,
    LEA,
    MINUTE,
    answer,
    at_deadline,
    later_by,
    policy,
    question,
    rung,
)

LADDER = (rung("lead", 20 * MINUTE, "lea"), rung("chief", 30 * MINUTE, "ada"))


def awaited(story: Story) -> NextStep | None:
    assert story.request is not None
    return next_step(story.request)


def test_the_deadline_closes_whoever_brings_the_news() -> None:
    for actor, body in ((CLOCK, Expire(generation=1)), (ANN, Comment(text="Hello"))):
        story = given(callback=CALLBACK).when(actor, body, after=2 * HOUR)
        timed_out = story.events[0]
        assert timed_out == TimedOut(action=DeadlineAction.FAIL, deadline=later_by(HOUR))
        story.then_is(State.TIMED_OUT, outcome=Outcome.TIMED_OUT)
        assert story.news[0].by_policy
        assert story.news[0].context.actor.id == "policy"


@pytest.mark.parametrize(
    ("action", "decision", "taken", "means"),
    [
        (DeadlineAction.APPROVE, None, "approve", Means.APPROVE),
        (DeadlineAction.REJECT, "reject", "reject", Means.REJECT),
        (DeadlineAction.ANSWER, "retry", "retry", Means.ANSWER),
        (DeadlineAction.ANSWER, "cannot_fix", "cannot_fix", Means.COULD_NOT_COMPLETE),
    ],
)
def test_the_policy_may_answer_in_the_reviewers_place(
    action: DeadlineAction, decision: str | None, taken: str, means: Means
) -> None:
    response = Response(
        decision=taken,
        means=means,
        comment="by default",
        revision=1,
        content_hash=HASH,
        responded_at=later_by(HOUR),
        default=True,
    )
    story = given(rules=policy(deadline=at_deadline(action, decision)))
    story.when(CLOCK, Expire(generation=1), after=HOUR + 5)
    story.then(TimedOut(action=action, deadline=later_by(HOUR), response=response), Completed())
    story.then_is(State.COMPLETED, outcome=Outcome.TIMED_OUT)
    assert story.state.closing.decision == taken
    assert story.state.closing.receipt_until is None


def test_an_early_or_void_closing_changes_nothing() -> None:
    story = given()
    story.when(CLOCK, Expire(generation=1), after=HOUR - 1).then_refused(RefusalReason.TOO_EARLY)
    story.when(ANN, Extend(seconds=DAY)).when(CLOCK, Expire(generation=1), after=2)
    story.then_nothing()
    story.when(CLOCK, Expire(generation=7)).then_nothing()
    story.when(CLOCK, Expire(generation=2)).then_refused(RefusalReason.TOO_EARLY)


def test_closing_again_changes_nothing() -> None:
    story = given().when(CLOCK, Expire(generation=1), after=HOUR).then(TimedOut, Completed)
    story.when(CLOCK, Expire(generation=1), after=1).then_nothing()
    given().when(ANN, answer()).when(CLOCK, Expire(generation=1), after=HOUR).then_nothing()


def test_reminders_come_in_order_before_the_deadline() -> None:
    story = given(rules=policy(remind_before_seconds=(30 * MINUTE, 10 * MINUTE)))
    assert awaited(story) == NextStep(kind=StepKind.REMIND, at=later_by(30 * MINUTE), generation=1)
    story.when(CLOCK, Remind(generation=1), after=29 * MINUTE)
    story.then_refused(RefusalReason.TOO_EARLY)
    story.when(CLOCK, Remind(generation=1), after=MINUTE)
    story.then(Reminded(number=1, due_at=later_by(30 * MINUTE), deadline=later_by(HOUR)))
    story.when(CLOCK, Remind(generation=1), after=MINUTE).then_nothing()
    story.when(CLOCK, Remind(generation=1), after=20 * MINUTE)
    story.then(Reminded(number=2, due_at=later_by(50 * MINUTE), deadline=later_by(HOUR)))
    story.then_is(State.PENDING, reminders_sent=2)
    assert awaited(story) == NextStep(kind=StepKind.EXPIRE, at=later_by(HOUR), generation=1)


def test_reminders_that_were_past_when_the_deadline_was_set_are_skipped() -> None:
    story = given(rules=policy(remind_before_seconds=(DAY, HOUR, 10 * MINUTE)))
    story.when(CLOCK, Remind(generation=1), after=55 * MINUTE)
    story.then(Reminded(number=1, due_at=later_by(50 * MINUTE), deadline=later_by(HOUR)))


def test_a_moved_deadline_counts_its_reminders_anew() -> None:
    story = given(rules=policy(remind_before_seconds=(30 * MINUTE, 10 * MINUTE)))
    story.when(CLOCK, Remind(generation=1), after=35 * MINUTE).then(Reminded)
    story.when(ANN, Extend(seconds=28 * MINUTE)).then(DeadlineMoved)
    story.then_is(State.PENDING, deadline_generation=2, reminders_sent=0, reminders_skipped=1)
    assert awaited(story) == NextStep(kind=StepKind.REMIND, at=later_by(53 * MINUTE), generation=2)


def test_rungs_are_climbed_one_after_the_other() -> None:
    story = given(rules=policy(ladder=LADDER))
    story.when(CLOCK, Escalate(generation=0), after=MINUTE).then_refused(RefusalReason.TOO_EARLY)
    story.when(CLOCK, Escalate(generation=0), after=24 * MINUTE)
    first = Escalated(
        level=1,
        name="lead",
        candidates=LADDER[0].candidates,
        due_at=later_by(20 * MINUTE),
        deadline=later_by(HOUR),
    )
    story.then(first)
    story.then_is(State.PENDING, escalation_level=1, deadline_generation=1)
    assert awaited(story) == NextStep(
        kind=StepKind.ESCALATE, at=later_by(50 * MINUTE), generation=1
    )
    story.when(CLOCK, Escalate(generation=0)).then_nothing()


def test_a_person_climbs_early_and_the_next_rung_counts_from_then() -> None:
    story = given(rules=policy(ladder=LADDER))
    story.when(ANN, Escalate(reason="Stuck."), after=5 * MINUTE)
    story.then(
        Escalated(
            level=1,
            name="lead",
            candidates=LADDER[0].candidates,
            reason="Stuck.",
            deadline=later_by(HOUR),
        )
    )
    assert awaited(story) == NextStep(
        kind=StepKind.ESCALATE, at=later_by(35 * MINUTE), generation=1
    )


def test_nobody_climbs_beyond_the_top() -> None:
    story = given(rules=policy(ladder=LADDER[:1])).when(ANN, Escalate())
    story.when(LEA, Escalate()).then_refused(RefusalReason.LIMIT_REACHED)
    story.when(CLOCK, Escalate(generation=1)).then_nothing()


def test_everything_due_happens_in_its_order_before_a_command() -> None:
    rules = policy(ladder=LADDER, remind_before_seconds=(30 * MINUTE,), claim_seconds=MINUTE)
    story = given(rules=rules).when(ANN, Comment(text="Late."), after=DAY)
    story.then(Escalated, Reminded, Escalated, TimedOut, Completed, Commented)
    assert [applied.by_policy for applied in story.news] == [True] * 5 + [False]


def test_steps_due_together_remind_escalate_and_then_close() -> None:
    rules = policy(ladder=(rung("lead", 50 * MINUTE),), remind_before_seconds=(10 * MINUTE,))
    story = given(rules=rules).when(CLOCK, Remind(generation=1), after=50 * MINUTE)
    story.then(Reminded, Escalated)
    together = policy(ladder=(rung("lead", HOUR),))
    given(rules=together).when(CLOCK, Expire(generation=1), after=HOUR).then(
        Escalated, TimedOut, Completed
    )


def test_a_deadline_that_escalates_moves_until_the_ladder_ends() -> None:
    ladder = (rung("lead", HOUR, "lea"), rung("chief", DAY, "ada"))
    rules = policy(ladder=ladder, deadline=at_deadline(DeadlineAction.ESCALATE))
    story = given(rules=rules)
    assert awaited(story) == NextStep(kind=StepKind.EXPIRE, at=later_by(HOUR), generation=1)
    story.when(CLOCK, Expire(generation=1), after=HOUR + 5)
    story.then(
        Escalated(
            level=1,
            name="lead",
            candidates=ladder[0].candidates,
            due_at=later_by(HOUR),
            deadline=later_by(2 * HOUR),
        )
    )
    story.then_is(State.PENDING, deadline=later_by(2 * HOUR), deadline_generation=2)
    story.when(CLOCK, Expire(generation=1)).then_nothing()
    story.when(CLOCK, Expire(generation=2), after=HOUR).then(Escalated)
    story.then_is(State.PENDING, deadline=later_by(2 * HOUR + DAY), escalation_level=2)
    story.when(CLOCK, Expire(generation=3), after=DAY)
    story.then(TimedOut(action=DeadlineAction.FAIL, deadline=later_by(2 * HOUR + DAY)), Completed())


def test_a_rung_before_an_escalating_deadline_is_climbed_in_its_time() -> None:
    ladder = (rung("lead", 20 * MINUTE), rung("chief", DAY))
    rules = policy(ladder=ladder, deadline=at_deadline(DeadlineAction.ESCALATE))
    story = given(rules=rules).when(CLOCK, Escalate(generation=0), after=20 * MINUTE)
    story.then(Escalated).then_is(State.PENDING, deadline=later_by(HOUR))
    story.when(CLOCK, Expire(generation=1), after=40 * MINUTE).then(Escalated)
    story.then_is(State.PENDING, deadline=later_by(HOUR + DAY), escalation_level=2)


def test_no_more_than_sixteen_steps_happen_at_once_and_the_answer_is_late_all_the_same() -> None:
    rules = policy(remind_before_seconds=tuple(range(30, 0, -1)))
    story = given(rules=rules).when(ANN, answer(), after=DAY)
    story.then_refused(RefusalReason.LATE, *[Reminded] * 16)
    assert story.last.refusal is not None
    assert story.last.refusal.winner is None
    story.when(CLOCK, Expire(generation=1)).then(*[Reminded] * 14, TimedOut, Completed)
    given(rules=rules).when(CLOCK, Expire(generation=1), after=DAY).then(*[Reminded] * 16)


def test_every_span_begins_when_its_command_reached_the_broker() -> None:
    """The entry's own time may run ahead of it, if the broker's clock once did."""
    rules = policy(ladder=LADDER, claim_seconds=MINUTE, max_revisions=1, revise_within_seconds=DAY)
    story = Story(at=later_by(30 * DAY)).when(BOT, question(rules=rules))
    story.then_is(State.PENDING, ladder_from=later_by(0), deadline=later_by(HOUR))
    story.when(ANN, Claim()).then_is(State.ASSIGNED, claim_until=later_by(MINUTE))
    story.when(ANN, Escalate()).then_is(State.ASSIGNED, ladder_from=later_by(0))
    story.when(ANN, answer("request_changes")).then_is(State.REVISING, deadline=later_by(DAY))
    story.when(BOT, Revise(title="?", context="{}", content_hash=HASH), after=60)
    story.then_is(State.PENDING, ladder_from=later_by(60), deadline=later_by(60 + HOUR))
    story.when(BOT, Extend(seconds=DAY)).then_is(State.PENDING, deadline=later_by(60 + DAY))


def test_the_clock_must_say_which_step_it_means() -> None:
    story = given(rules=policy(ladder=LADDER)).when(CLOCK, Escalate())
    story.then_refused(RefusalReason.INVALID)


def test_the_deadline_moves_to_later_and_not_too_far() -> None:
    story = given()
    story.when(BOT, Extend(seconds=2 * HOUR, reason="Slow."), after=60)
    story.then(
        DeadlineMoved(deadline=later_by(60 + 2 * HOUR), previous=later_by(HOUR), reason="Slow.")
    )
    story.when(LEA, Extend(deadline=later_by(3 * HOUR))).then(DeadlineMoved)
    for wrong in (
        Extend(deadline=later_by(3 * HOUR)),
        Extend(deadline=later_by(2 * HOUR)),
        Extend(seconds=HOUR),
        Extend(),
        Extend(seconds=5, deadline=later_by(DAY)),
        Extend(seconds=0),
        Extend(seconds=-DAY),
        Extend(deadline=later_by(60)),
        Extend(seconds=367 * DAY),
        Extend(deadline=later_by(367 * DAY)),
        Extend(seconds=2**62),
    ):
        story.when(LEA, wrong).then_refused(RefusalReason.INVALID)


def test_a_request_without_a_deadline_can_be_given_one() -> None:
    story = given(timeout_seconds=None).when(BOT, Extend(seconds=HOUR))
    story.then(DeadlineMoved(deadline=later_by(HOUR), previous=None))


def test_the_public_state_names_the_next_step_and_none_after_the_end() -> None:
    story = given()
    assert story.request is not None
    assert status_of(story.request).next_step == NextStep(
        kind=StepKind.EXPIRE, at=later_by(HOUR), generation=1
    )
    story.when(ANN, answer())
    assert status_of(story.request).next_step is None
    assert status_of(story.request).version == 3
