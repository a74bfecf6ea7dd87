"""What comes with a new deadline: its generation, and the reminders that are still ahead."""

from datetime import datetime
from typing import Any

from event_schemas.types import Policy
from kernel.request.business import counted_before, deadline_hours
from kernel.request.model import Request


def reminder_at(policy: Policy, deadline: datetime, before_seconds: int) -> datetime:
    """When a reminder is due; it counts back as the deadline was counted."""
    return counted_before(deadline_hours(policy), deadline, before_seconds)


def past_reminders(policy: Policy, deadline: datetime | None, set_at: datetime) -> int:
    """How many of the first reminders are not after the moment the deadline was set."""
    if deadline is None:
        return 0
    for index, before_seconds in enumerate(policy.remind_before_seconds):
        if reminder_at(policy, deadline, before_seconds) > set_at:
            return index
    return len(policy.remind_before_seconds)


def new_deadline(request: Request, deadline: datetime | None, set_at: datetime) -> dict[str, Any]:
    """The fields of the state that change with a deadline that is set at `set_at`.

    It starts a new generation: steps of the old one are void, reminders are counted anew.
    """
    return {
        "deadline": deadline,
        "deadline_generation": request.state.deadline_generation + 1,
        "reminders_sent": 0,
        "reminders_skipped": past_reminders(request.policy, deadline, set_at),
    }
