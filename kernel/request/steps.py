"""The next step that the clock makes due for a request.

Reminders: number k (from 0) of a deadline is due `remind_before_seconds[k]` before it. Those not
after the moment the deadline was set are skipped; a moved deadline is a new generation, and its
reminders are counted anew.

Ladder: rung k (from 0) is due `ladder[k].after_seconds` after `ladder_from`: the opening, or when
the rung before it was due, or when a person climbed it, or when the question was revised. Rungs
are climbed once each, in their order.

Deadline: with the action `escalate` it climbs the next rung, if there is one, and moves to
`after_seconds` of that rung after the old deadline; otherwise it closes the request. A rung that
would be due at such a deadline or after it is left to the deadline, so that it is climbed once
and the deadline moves. While a revision is awaited only the deadline runs, and it closes.

All of these spans count by the policy's business hours, where it has some; reminders only where
the deadline does too.
"""

from datetime import datetime

from event_schemas.types import (
    DeadlineAction,
    LadderStep,
    NextStep,
    State,
    StepKind,
)
from kernel.request.business import counted_after
from kernel.request.deadline import reminder_at
from kernel.request.model import Request, is_closed


def next_step(request: Request) -> NextStep | None:
    """The earliest step to come, or None if the clock has nothing left to do.

    Steps that are due together come in the order release, remind, escalate, expire.
    """
    return min(steps_ahead(request), key=lambda step: step.at, default=None)


def steps_ahead(request: Request) -> list[NextStep]:
    """The step of each kind that comes next, where there is one.

    The generation is that of the claim for a release, the rung's index for an escalation, and
    that of the deadline for a reminder and for the end.
    """
    state = request.state
    if is_closed(state):
        return []
    expiry = _step(StepKind.EXPIRE, state.deadline, state.deadline_generation)
    if state.state is State.REVISING:
        return expiry
    return (
        _step(StepKind.RELEASE, state.claim_until, state.claim_generation)
        + _step(StepKind.REMIND, _reminder_at(request), state.deadline_generation)
        + _step(StepKind.ESCALATE, _rung_at(request), state.escalation_level)
        + expiry
    )


def rung_ahead(request: Request) -> LadderStep | None:
    """The rung that is climbed next, or None at the top."""
    ladder, level = request.policy.ladder, request.state.escalation_level
    return ladder[level] if 0 <= level < len(ladder) else None


def climbs_at_deadline(request: Request) -> bool:
    """Whether the deadline climbs the ladder rather than closing."""
    escalates = request.policy.deadline.action is DeadlineAction.ESCALATE
    revising = request.state.state is State.REVISING
    return escalates and not revising and rung_ahead(request) is not None


def _step(kind: StepKind, at: datetime | None, generation: int) -> list[NextStep]:
    return [] if at is None else [NextStep(kind=kind, at=at, generation=generation)]


def _reminder_at(request: Request) -> datetime | None:
    state, reminders = request.state, request.policy.remind_before_seconds
    index = state.reminders_skipped + state.reminders_sent
    if state.deadline is None or not 0 <= index < len(reminders):
        return None
    return reminder_at(request.policy, state.deadline, reminders[index])


def _rung_at(request: Request) -> datetime | None:
    rung = rung_ahead(request)
    if rung is None:
        return None
    at = counted_after(request.policy.business, request.state.ladder_from, rung.after_seconds)
    deadline = request.state.deadline
    left_to_deadline = deadline is not None and at >= deadline and climbs_at_deadline(request)
    return None if left_to_deadline else at
