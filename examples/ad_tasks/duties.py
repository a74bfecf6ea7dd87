"""What each type of task brings: its team, its words, and what a resolution is in its decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from examples.ad_tasks.tasks import GRANTED, Resolution, TaskType


class NotOffered(ValueError):
    """A resolution that this type of task can't have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A type of task, as those see it who do it.

    `decisions` are the words of its kind by what they resolve to; `modified` is the one that
    approves with modifications.
    """

    team: str
    team_title: str
    title: str
    decisions: Mapping[Resolution, str]
    modified: str | None = None


DUTIES: Final[Mapping[TaskType, Duty]] = MappingProxyType(
    {
        TaskType.CREATIVE_APPROVAL: Duty(
            team="creative_review",
            team_title="Creative review",
            title="May this creative run?",
            decisions={
                Resolution.APPROVED: "approve",
                Resolution.REJECTED: "reject",
                Resolution.CANNOT_COMPLETE: "cannot_complete",
            },
        ),
        TaskType.PERMISSION_EXCEPTION: Duty(
            team="ad_operations",
            team_title="Ad operations",
            title="The ad server refused an operation",
            decisions={
                Resolution.COMPLETED: "completed",
                Resolution.APPROVED: GRANTED,
                Resolution.REJECTED: "refuse",
                Resolution.CANNOT_COMPLETE: "cannot_complete",
            },
        ),
        TaskType.CONFIGURATION_REQUIRED: Duty(
            team="technical_operations",
            team_title="Technical operations",
            title="An adapter is not configured",
            decisions={
                Resolution.COMPLETED: "updated",
                Resolution.CANNOT_COMPLETE: "cannot_complete",
            },
        ),
        TaskType.COMPLIANCE_REVIEW: Duty(
            team="compliance",
            team_title="Compliance",
            title="Does this comply?",
            decisions={
                Resolution.APPROVED: "approve",
                Resolution.REJECTED: "reject",
                Resolution.CANNOT_COMPLETE: "cannot_complete",
            },
            modified="approve_modified",
        ),
    }
)


def duty_of(task_type: str) -> Duty:
    """The duty of a type. Raises NotOffered for a word that is no type of task."""
    try:
        return DUTIES[TaskType(task_type)]
    except ValueError:
        known = ", ".join(TaskType)
        raise NotOffered(f"{task_type} is no type of task; these are: {known}") from None


def decision_for(task_type: str, resolution: str, *, is_modified: bool = False) -> str:
    """The decision of a kind that resolves a task so. Raises NotOffered where there is none."""
    duty = duty_of(task_type)
    if is_modified:
        if duty.modified is None or resolution != Resolution.APPROVED:
            raise NotOffered(f"A {task_type} can't be resolved as {resolution} with modifications")
        return duty.modified
    offered = {one.value: word for one, word in duty.decisions.items()}
    if resolution not in offered:
        raise NotOffered(
            f"A {task_type} can't be resolved as {resolution}, only as {', '.join(offered)}"
        )
    return offered[resolution]
