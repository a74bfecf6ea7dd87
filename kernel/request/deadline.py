"""What comes with a new deadline: its generation, and the reminders that are still ahead."""

from datetime import datetime
from typing import Any

from kernel.request.instants import later
from kernel.request.model import Request


def reminder_at(deadline: datetime, before_seconds: int) -> datetime:
    """When a reminder is due."""
    return later(deadline, -before_seconds)


def past_reminders(
    deadline: datetime | None, set_at: datetime, remind_before_seconds: tuple[int, ...]
) -> int:
    """How many of the first reminders are not after the moment the deadline was set."""
    if deadline is None:
        return 0
    for index, before_seconds in enumerate(remind_before_seconds):
        if reminder_at(deadline, before_seconds) > set_at:
            return index
    return len(remind_before_seconds)


def new_deadline(request: Request, deadline: datetime | None, set_at: datetime) -> dict[str, Any]:
    """The fields of the state that change with a deadline that is set at `set_at`.

    It starts a new generation: steps of the old one are void, reminders are counted anew.
    """
    return {
        "deadline": deadline,
        "deadline_generation": request.state.deadline_generation + 1,
        "reminders_sent": 0,
        "reminders_skipped": past_reminders(deadline, set_at, request.policy.remind_before_seconds),
    }
