"""What the clock keeps of events and what it says."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_schemas.types import (
    CommandBody,
    Envelope,
    Escalate,
    Expire,
    NextStep,
    Outcome,
    Release,
    Remind,
    Started,
    StepKind,
)
from kernel.codec import decode
from services.timeout_svc.timer import CLOSED_VERSION, Due, command_of, latest
from tests.unit.outbound.envelopes import OPENED, envelope

STEP = NextStep(kind=StepKind.EXPIRE, at=OPENED + timedelta(hours=1), generation=1)


def said(request_id: str, version: int, step: NextStep | None = STEP) -> Envelope:
    return envelope(Started(), request_id=request_id, version=version, next_step=step)


def due(step: NextStep = STEP) -> Due:
    return Due(request_id="r1", tenant="acme", version=4, step=step)


@given(st.permutations([1, 2, 3, 4, 5]))
def test_the_highest_version_counts_in_whatever_order_events_come(order: list[int]) -> None:
    events = [said("r1", version, None if version == 5 else STEP) for version in order]
    (timer,) = latest(events)
    assert (timer.version, timer.step) == (5, None)


@given(st.permutations([1, 2, 3, 4]))
def test_what_is_said_of_a_closed_request_before_and_after_is_old(order: list[int]) -> None:
    closed = envelope(Started(), request_id="r1", version=2, outcome=Outcome.CANCELLED)
    events = [closed if version == 2 else said("r1", version) for version in order]
    (timer,) = latest(events)
    assert (timer.version, timer.step) == (CLOSED_VERSION, None)


def test_there_is_one_timer_for_each_request_in_order() -> None:
    timers = latest([said("b", 1), said("a", 2), said("b", 2, None), said("a", 1)])
    assert [(timer.request_id, timer.version) for timer in timers] == [("a", 2), ("b", 2)]
    assert timers[0].tenant == "acme"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (StepKind.EXPIRE, Expire(generation=3)),
        (StepKind.REMIND, Remind(generation=3)),
        (StepKind.ESCALATE, Escalate(generation=3)),
        (StepKind.RELEASE, Release(generation=3)),
    ],
)
def test_each_step_has_its_command(kind: StepKind, body: CommandBody) -> None:
    command = command_of(due(NextStep(kind=kind, at=OPENED, generation=3)), OPENED)
    assert decode(command.body) == body
    assert (command.request_id, command.tenant) == ("r1", "acme")
    assert (command.actor.id, command.actor.kind.value) == ("timeout_svc", "service")
    assert command.valid_until is None


def test_the_same_step_gives_the_same_command_id_whenever_it_is_fired() -> None:
    later = OPENED + timedelta(days=3)
    assert command_of(due(), OPENED).command_id == command_of(due(), later).command_id


@pytest.mark.parametrize(
    "other",
    [
        NextStep(kind=StepKind.REMIND, at=STEP.at, generation=1),
        NextStep(kind=StepKind.EXPIRE, at=STEP.at, generation=2),
        NextStep(kind=StepKind.EXPIRE, at=STEP.at + timedelta(microseconds=1), generation=1),
    ],
)
def test_another_step_gives_another_command_id(other: NextStep) -> None:
    assert command_of(due(), OPENED).command_id != command_of(due(other), OPENED).command_id
