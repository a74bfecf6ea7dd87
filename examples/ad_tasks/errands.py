"""What outside systems are to be told of a task, and when; decided by pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from examples.ad_tasks.config import Config
from examples.ad_tasks.masking import masked
from examples.ad_tasks.tasks import HumanTask

_LOUD = ("high", "urgent")


class What(StrEnum):
    """The kinds of errand."""

    WEBHOOK = "webhook"
    ALERT = "alert"
    TICKET_OPEN = "ticket_open"
    TICKET_CLOSE = "ticket_close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something to tell, once: its id says what and about what."""

    errand_id: str
    what: What
    body: dict[str, Any]


def notification(task: HumanTask) -> dict[str, Any]:
    """What the webhook gets of a task. The detail was masked when it was asked; again is safe."""
    return {
        "task_id": task.task_id,
        "type": task.task_type,
        "priority": task.priority,
        "detail": None if task.error_detail is None else masked(task.error_detail),
    }


def errands_after(before: HumanTask | None, after: HumanTask, config: Config) -> Sequence[Errand]:
    """What follows from a task's change, `before` being None for one that is new."""
    found: list[Errand] = []
    if before is None and after.priority in _LOUD:
        body = notification(after)
        if config.hitl_webhook_url:
            found.append(_errand(What.WEBHOOK, after.task_id, body))
        found.append(_alert("high_priority_created", after.task_id, body))
    if config.tickets is not None:
        if before is None:
            found.append(_errand(What.TICKET_OPEN, after.task_id, after.model_dump(mode="json")))
        if not after.is_open and (before is None or before.is_open):
            found.append(_errand(What.TICKET_CLOSE, after.task_id, after.model_dump(mode="json")))
    return found


def overdue_errands(tasks: Sequence[HumanTask], now: datetime) -> Sequence[Errand]:
    """The alarms for open tasks that were due before now."""
    return [
        _alert("task_overdue", task.task_id, {**notification(task), "due_by": str(task.due_by)})
        for task in tasks
        if is_overdue(task, now)
    ]


def is_overdue(task: HumanTask, now: datetime) -> bool:
    """Whether a task is still open after it was due."""
    return task.is_open and task.due_by is not None and task.due_by < now


def failure_errands(failures: int, now: datetime, config: Config) -> Sequence[Errand]:
    """The alarm for too many failed operations: at most one in each window."""
    if failures <= config.failed_operations:
        return []
    window = int(now.timestamp()) // (config.window_minutes * 60)
    body = {"failures": failures, "window_minutes": config.window_minutes}
    return [_alert("many_failed_operations", str(window), body)]


def _errand(what: What, about: str, body: dict[str, Any]) -> Errand:
    return Errand(errand_id=f"{what}:{about}", what=what, body=body)


def _alert(alert: str, about: str, body: dict[str, Any]) -> Errand:
    return Errand(
        errand_id=f"{What.ALERT}:{alert}:{about}", what=What.ALERT, body={"alert": alert, **body}
    )
