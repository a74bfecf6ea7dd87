"""Deadlines, reminders and ladders by the hours of a calendar, which came with the policy."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from event_schemas.types import (
    BusinessHours,
    Candidates,
    ChangesRequested,
    Completed,
    DeadlineAction,
    DeadlineMoved,
    Escalate,
    Escalated,
    Expire,
    Extend,
    LadderStep,
    Open,
    RefusalReason,
    Reminded,
    Requested,
    Revise,
    Revised,
    TimedOut,
)
from kernel.request.steps import next_step
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BOT,
    CLOCK,
    DAY,
    HOUR,
    LEA,
    MINUTE,
    NOON,
    OTHER_HASH,
    answer,
    at_deadline,
    later_by,
    policy,
    question,
    rung,
)

# Noon is Monday; the office is open from 9 to 17 h, Monday to Friday, for two weeks.
_nights = (16 * 60, 8 * 60)
_week = (*_nights * 4, 64 * 60, 8 * 60)
OFFICE = BusinessHours(
    calendar="office",
    version="0" * 64,
    begins_at=datetime(2026, 3, 2, tzinfo=NOON.tzinfo),
    turns=(9 * 60, 8 * 60, *_week, *_week),
)
LADDER = (rung("lead", 2 * HOUR, "lea"), rung("chief", 8 * HOUR, "ada"))


def at(day: int, hour: float) -> datetime:
    return datetime(2026, 3, day, tzinfo=NOON.tzinfo) + timedelta(hours=hour)


def asked(timeout_seconds: int | None = 8 * HOUR, **rules: object) -> Open:
    return question(rules=policy(**{"business": OFFICE, **rules}), timeout_seconds=timeout_seconds)


def opened(timeout_seconds: int | None = 8 * HOUR, **rules: object) -> Story:
    return given(asked(timeout_seconds, **rules))


def test_the_time_to_answer_counts_while_the_office_is_open() -> None:
    story = opened(8 * HOUR)
    assert story.state.deadline == at(3, 12)
    assert story.state.timeout_seconds == 8 * HOUR, "what a revision has again"
    late = opened(8 * HOUR).when(ANN, answer(), after=23 * HOUR)
    assert late.last.refusal is None


def test_a_question_of_the_weekend_has_the_whole_of_monday() -> None:
    story = Story(now=at(7, 3), at=at(7, 3)).when(BOT, asked(8 * HOUR))
    assert story.state.deadline == at(9, 17)
    story.when(CLOCK, Expire(generation=1), after=3 * DAY).then(
        TimedOut(action=DeadlineAction.FAIL, deadline=at(9, 17)), Completed()
    )


def test_reminders_count_back_through_the_night() -> None:
    story = opened(8 * HOUR, remind_before_seconds=(4 * HOUR, 30 * MINUTE))
    assert next_step(story.request).at == at(2, 16)  # type: ignore[union-attr,arg-type]
    story.when(CLOCK, Expire(generation=1), after=22 * HOUR)
    (first,) = story.events
    assert first == Reminded(number=1, due_at=at(2, 16), deadline=at(3, 12))
    assert next_step(story.request).at == at(3, 11.5)  # type: ignore[union-attr,arg-type]


def test_rungs_are_climbed_in_office_hours() -> None:
    story = opened(40 * HOUR, ladder=LADDER).when(CLOCK, Escalate(generation=0), after=3 * DAY)
    rungs = [(event.level, event.due_at) for event in story.events if isinstance(event, Escalated)]
    assert rungs == [(1, at(2, 14)), (2, at(3, 14))]


def test_a_person_climbs_at_night_and_the_next_rung_counts_from_the_morning() -> None:
    ladder = (rung("lead", 6 * HOUR, "lea"), rung("chief", 5 * HOUR, "ada"))
    story = opened(40 * HOUR, ladder=ladder).when(LEA, Escalate(), after=9 * HOUR).then(Escalated)
    assert next_step(story.request).at == at(3, 14)  # type: ignore[union-attr,arg-type]


def test_a_deadline_that_escalates_moves_by_office_hours() -> None:
    rules = {"ladder": LADDER, "deadline": at_deadline(DeadlineAction.ESCALATE)}
    story = opened(HOUR, **rules).when(CLOCK, Expire(generation=1), after=HOUR)
    (climbed,) = story.events
    assert isinstance(climbed, Escalated)
    assert climbed.deadline == at(2, 15)
    story.when(CLOCK, Expire(generation=2), after=2 * HOUR)
    (again,) = story.events
    assert isinstance(again, Escalated)
    assert again.deadline == at(3, 15)


def test_a_revised_question_has_its_office_hours_anew() -> None:
    story = opened(8 * HOUR, max_revisions=1, revise_within_seconds=2 * DAY)
    story.when(ANN, answer("request_changes")).then(ChangesRequested)
    assert story.state.deadline == later_by(2 * DAY), "the asker is a program"
    story.when(BOT, Revise(title="?", context="{}", content_hash=OTHER_HASH), after=27 * HOUR)
    story.then(Revised)
    assert story.state.deadline == at(4, 15)


def test_an_extension_is_by_the_clock_and_its_reminders_by_the_office() -> None:
    story = opened(HOUR, remind_before_seconds=(2 * HOUR,))
    story.when(LEA, Extend(deadline=at(3, 10))).then(DeadlineMoved)
    assert next_step(story.request).at == at(2, 16)  # type: ignore[union-attr,arg-type]


def test_minutes_that_the_asker_gave_are_minutes_but_the_ladder_keeps_office_hours() -> None:
    hours = replace(OFFICE, counts_deadline=False)
    ladder = (rung("lead", 6 * HOUR, "lea"),)
    story = opened(20 * HOUR, business=hours, ladder=ladder, remind_before_seconds=(HOUR,))
    assert story.state.deadline == later_by(20 * HOUR)
    assert story.state.timeout_seconds == 20 * HOUR
    story.when(CLOCK, Expire(generation=1), after=21 * HOUR)
    assert [type(event) for event in story.events] == [Reminded, TimedOut, Completed]
    assert story.events[0].due_at == later_by(19 * HOUR)  # type: ignore[union-attr]


def test_a_rung_says_whose_turn_it_is_by_its_team() -> None:
    ladder = (
        LadderStep(name="on call", after_seconds=60, candidates=Candidates(), on_call="payments"),
    )
    story = given(rules=policy(ladder=ladder)).when(CLOCK, Escalate(generation=0), after=60)
    (climbed,) = story.events
    assert isinstance(climbed, Escalated)
    assert climbed.on_call == "payments"


@pytest.mark.parametrize("turns", [(-1,), (1,) * 4097, (2**62,), (2**62, 2**62)])
def test_hours_that_make_no_sense_are_refused(turns: tuple[int, ...]) -> None:
    story = Story().when(BOT, asked(business=replace(OFFICE, turns=turns)))
    story.then_refused(RefusalReason.INVALID)


def test_replay_needs_no_calendar() -> None:
    """The event alone says when everything is due."""
    event = opened(8 * HOUR, ladder=LADDER).history[0].event
    assert isinstance(event, Requested)
    assert event.policy.business == OFFICE
