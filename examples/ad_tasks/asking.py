"""Puts a task as a question: its context masked, its deadline the kind's, its SLA agreed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, cast

from handraise.models import Priority
from handraise.question import Asking

from examples.ad_tasks.duties import duty_of
from examples.ad_tasks.masking import masked, masked_in
from examples.ad_tasks.tasks import SLA_SECONDS, TaskType

SLA: Final[Mapping[Priority, timedelta]] = {
    "urgent": timedelta(minutes=30),
    "high": timedelta(hours=2),
    "medium": timedelta(hours=8),
    "low": timedelta(hours=24),
}
"""Within what time a task should be resolved; the kind's deadline lies behind it."""

PRIORITIES: Final[Mapping[TaskType, Priority]] = {
    TaskType.CREATIVE_APPROVAL: "medium",
    TaskType.PERMISSION_EXCEPTION: "high",
    TaskType.CONFIGURATION_REQUIRED: "high",
    TaskType.COMPLIANCE_REVIEW: "high",
}

_NAMED: Final = ("adapter_name", "media_buy_id", "creative_id", "operation")
_TITLE_CHARS = 200


def question_of(task_type: str, principal_id: str, wanted: Mapping[str, Any]) -> Asking:
    """The question that a task is; the same for the same words. Raises NotOffered, ValueError.

    Free text is masked before it is asked: what enters the log stays there.
    """
    duty = duty_of(task_type)
    if not principal_id:
        raise ValueError("A task needs a principal")
    priority: Priority = wanted.get("priority") or PRIORITIES[TaskType(task_type)]
    context = {name: wanted[name] for name in _NAMED if wanted.get(name) is not None}
    if wanted.get("error_detail") is not None:
        context["error_detail"] = masked(str(wanted["error_detail"]))
    details = cast("Mapping[str, Any]", wanted.get("details") or {})
    sla = cast("timedelta", wanted.get("sla") or SLA[priority])
    question: Asking = {
        "title": masked(wanted.get("title") or duty.title)[:_TITLE_CHARS],
        "kind": task_type,
        "principal_id": principal_id,
        "priority": priority,
        "context": {**masked_in(details), **context, **_content(wanted)},
        "metadata": {SLA_SECONDS: max(int(sla.total_seconds()), 1)},
    }
    if wanted.get("description"):
        question["description"] = masked(wanted["description"])
    for name in ("timeout", "form", "attachments"):
        if wanted.get(name) is not None:
            question[name] = wanted[name]
    return question


def _content(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is being decided, as it is: a mask in it would be approved with it."""
    return {"content": wanted["content"]} if wanted.get("content") is not None else {}
