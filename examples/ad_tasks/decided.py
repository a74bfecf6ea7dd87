"""The end of a task, as the platform applies it: once, whatever brought it how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from handraise import Outcome
from handraise.outcomes import ChangesRequested

from examples.ad_tasks.tasks import Resolution, TaskStatus, TaskType, resolution_of, status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What came of a task. `content` is what was decided about, as the person changed it."""

    task_id: str
    task_type: TaskType
    resolution: Resolution
    is_failed: bool
    detail: str | None
    by: str | None
    content: Mapping[str, Any] | None
    data: Mapping[str, Any]

    @property
    def why_failed(self) -> str:
        """The sentence for an operation whose task failed."""
        return f"Task {self.task_id} failed: {self.detail or 'nobody resolved it in time'}"


def decided_by(outcome: Outcome) -> Decided:
    """What an outcome decides. Raises ValueError for one that decides nothing yet."""
    request = outcome.request
    resolution = resolution_of(request)
    if isinstance(outcome, ChangesRequested) or resolution is None:
        raise ValueError(f"Task {request.id} is not decided")
    said = request.response
    edited = said.edited if said else None
    content = cast("Mapping[str, Any]", edited).get("content") if _is_object(edited) else None
    data = said.data if said else None
    return Decided(
        task_id=request.id,
        task_type=TaskType(request.kind),
        resolution=resolution,
        is_failed=status_of(request) is TaskStatus.FAILED,
        detail=(said.comment if said else None) or request.reason,
        by=said.responder_id if said else None,
        content=cast("Mapping[str, Any]", content) if _is_object(content) else None,
        data=cast("Mapping[str, Any]", data) if _is_object(data) else {},
    )


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)
