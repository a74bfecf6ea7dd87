"""The human task: what the platform calls a request, derived from it and from nothing else."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from handraise import Request
from pydantic import BaseModel, ConfigDict


class TaskType(StrEnum):
    """What a person is needed for; each is a kind of request."""

    CREATIVE_APPROVAL = "creative_approval"
    PERMISSION_EXCEPTION = "permission_exception"
    CONFIGURATION_REQUIRED = "configuration_required"
    COMPLIANCE_REVIEW = "compliance_review"


class TaskStatus(StrEnum):
    """Where a task stands."""

    PENDING = "pending"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ESCALATED = "escalated"
    COMPLETED = "completed"
    FAILED = "failed"


class Resolution(StrEnum):
    """What came of a task."""

    APPROVED = "approved"
    REJECTED = "rejected"
    COMPLETED = "completed"
    CANNOT_COMPLETE = "cannot_complete"


OPEN: Final = frozenset(
    {TaskStatus.PENDING, TaskStatus.ASSIGNED, TaskStatus.IN_PROGRESS, TaskStatus.ESCALATED}
)
"""Where a task still waits for a person."""

SLA_SECONDS: Final = "sla_seconds"
"""In a request's metadata: within how many seconds of its creation it should be resolved."""

GRANTED: Final = "granted"
"""The decision that a permission was granted, and the operation may be tried again."""

_FROM_CONTEXT: Final = ("adapter_name", "media_buy_id", "creative_id", "operation", "error_detail")


class HumanTask(BaseModel):
    """A task for a person. Times are UTC; `assigned_to` and `resolved_by` are people's ids."""

    model_config = ConfigDict(frozen=True)

    task_id: str
    task_type: str
    principal_id: str
    adapter_name: str | None = None
    status: str
    priority: str

    media_buy_id: str | None = None
    creative_id: str | None = None
    operation: str | None = None
    error_detail: str | None = None

    assigned_to: str | None = None
    assigned_at: datetime | None = None

    created_at: datetime
    updated_at: datetime
    due_by: datetime | None = None
    completed_at: datetime | None = None

    resolution: str | None = None
    resolution_detail: str | None = None
    resolved_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a person can still do something about it."""
        return self.status in OPEN


def task_of(request: Request) -> HumanTask:
    """The task that a request is. Raises ValueError for a reply that tells not when it was made."""
    if request.created_at is None:
        raise ValueError(f"Request {request.id} was not read in full")
    context: Mapping[str, Any] = request.context or {}
    said = request.response
    return HumanTask(
        task_id=request.id,
        task_type=request.kind,
        principal_id=request.principal_id or "",
        status=status_of(request),
        priority=request.priority or "medium",
        assigned_to=_assignee(request.assigned_to),
        assigned_at=request.assigned_at,
        created_at=request.created_at,
        updated_at=request.updated_at or request.created_at,
        due_by=_due_by(request, request.created_at),
        completed_at=_closed_at(request) if request.is_closed else None,
        resolution=resolution_of(request),
        resolution_detail=(said.comment if said else None) or request.reason,
        resolved_by=said.responder_id if said else None,
        **{name: _text(context.get(name)) for name in _FROM_CONTEXT},
    )


def status_of(request: Request) -> TaskStatus:
    """Where the task stands that a request is."""
    match request.outcome, request.state:
        case "answered", _:
            return TaskStatus.COMPLETED
        case (("could_not_complete" | "timed_out" | "cancelled"), _):
            return TaskStatus.FAILED
        case _ if (request.escalation_level or 0) > 0:
            return TaskStatus.ESCALATED
        case _, "assigned":
            return TaskStatus.ASSIGNED
        case _, ("in_progress" | "revising"):
            return TaskStatus.IN_PROGRESS
        case _:
            return TaskStatus.PENDING


def resolution_of(request: Request) -> Resolution | None:
    """What came of the task that a request is; None while it is open.

    A deadline that decided by itself (rejected, say) is a resolution too; one that only closed
    the task could not complete it, and no more could a task that was withdrawn.
    """
    if not request.is_closed:
        return None
    said = request.response
    if request.kind == TaskType.PERMISSION_EXCEPTION and said and said.decision == GRANTED:
        return Resolution.APPROVED
    match said.means if said else None:
        case "approve":
            return Resolution.APPROVED
        case "reject" | "changes":
            return Resolution.REJECTED
        case "answer":
            return Resolution.COMPLETED
        case _:
            return Resolution.CANNOT_COMPLETE


def _assignee(told: Any) -> str | None:
    """A person's id, or `team:<name>`."""
    if not isinstance(told, Mapping):
        return told
    known: dict[str, Any] = dict(told)  # pyright: ignore[reportUnknownArgumentType]
    return known.get("person") or (f"team:{known['team']}" if known.get("team") else None)


def _due_by(request: Request, created_at: datetime) -> datetime | None:
    agreed = request.metadata.get(SLA_SECONDS)
    if isinstance(agreed, int):
        return created_at + timedelta(seconds=agreed)
    return request.timeout_at


def _closed_at(request: Request) -> datetime | None:
    return request.responded_at or request.completed_at or request.updated_at


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
