"""How the queue does: tasks by type and status, time to resolve, overdue, escalated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge, generate_latest

_BY_TYPE_AND_STATUS: Final = """
SELECT task->>'task_type' AS task_type, task->>'status' AS status, count(*) AS tasks,
       count(*) FILTER (WHERE escalated) AS escalated,
       count(*) FILTER (WHERE is_open AND (task->>'due_by')::timestamptz < now()) AS overdue,
       (avg(extract(epoch FROM (task->>'completed_at')::timestamptz
                               - (task->>'created_at')::timestamptz))
           FILTER (WHERE task->>'status' = 'completed'))::float8 AS mean_seconds
FROM tasks GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The tasks of one type in one status. `mean_seconds` is of resolved ones."""

    task_type: str
    status: str
    tasks: int
    escalated: int
    overdue: int
    mean_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of the queue; durations in seconds, the escalation rate from 0 to 1."""

    tasks: Mapping[str, Mapping[str, int]]
    mean_resolution_seconds: Mapping[str, float]
    overdue: Mapping[str, int]
    escalation_rate: float
    failed_operations: int
    """Within the alarm's window."""

    def as_prometheus(self) -> bytes:
        """As Prometheus reads them."""
        registry = CollectorRegistry()
        tasks = _gauge(registry, "tasks", "Tasks by type and status", "type", "status")
        for task_type, counts in self.tasks.items():
            for status, count in counts.items():
                tasks.labels(task_type, status).set(count)
        times = _gauge(registry, "resolution_seconds_mean", "Mean time to resolve", "type")
        for task_type, seconds in self.mean_resolution_seconds.items():
            times.labels(task_type).set(seconds)
        overdue = _gauge(registry, "overdue", "Open tasks past their SLA", "type")
        for task_type, count in self.overdue.items():
            overdue.labels(task_type).set(count)
        _gauge(registry, "escalation_rate", "Share of tasks that were escalated").set(
            self.escalation_rate
        )
        _gauge(registry, "failed_operations", "Failed operations of late").set(
            self.failed_operations
        )
        return generate_latest(registry)


def figures_of(counts: list[Count], failed_operations: int) -> Figures:
    """The figures that counts by type and status add up to."""
    tasks: dict[str, dict[str, int]] = {}
    overdue: dict[str, int] = {}
    for one in counts:
        tasks.setdefault(one.task_type, {})[one.status] = one.tasks
        overdue[one.task_type] = overdue.get(one.task_type, 0) + one.overdue
    total = sum(one.tasks for one in counts)
    return Figures(
        tasks=tasks,
        mean_resolution_seconds={
            one.task_type: one.mean_seconds for one in counts if one.mean_seconds is not None
        },
        overdue=overdue,
        escalation_rate=sum(one.escalated for one in counts) / total if total else 0.0,
        failed_operations=failed_operations,
    )


async def counts_in(pool: Any) -> list[Count]:
    """The counts by type and status, as the tasks were last read."""
    return [Count(**row) for row in await pool.fetch(_BY_TYPE_AND_STATUS)]


def _gauge(registry: CollectorRegistry, name: str, says: str, *labels: str) -> Gauge:
    return Gauge(f"ad_tasks_{name}", says, labels, registry=registry)
