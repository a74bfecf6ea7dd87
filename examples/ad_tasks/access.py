"""Who may see a task and touch a configuration: by type and principal, from a person's roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from examples.ad_tasks.duties import DUTIES
from examples.ad_tasks.tasks import HumanTask, TaskType

_SEES: Final = ("reviewer", "lead", "analyst", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls the platform, as Handraise knows them."""

    kind: str
    id: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]


def may_see(caller: Caller, task: HumanTask) -> bool:
    """Whether a task is a caller's business.

    Agents of the tenant see all; people see what their team, or a role that covers the type and
    the principal, makes theirs, and what they hold or have resolved.
    """
    if caller.kind == "agent" or caller.id in (task.assigned_to, task.resolved_by):
        return True
    duty = DUTIES[TaskType(task.task_type)]
    return duty.team in caller.teams or _covers_any(
        caller.roles, _SEES, task.task_type, task.principal_id
    )


def may_configure(caller: Caller, principal_id: str) -> bool:
    """Whether a caller may put secrets in for a principal: technical operations, and its leads."""
    task_type = TaskType.CONFIGURATION_REQUIRED
    return caller.kind == "person" and (
        DUTIES[task_type].team in caller.teams
        or _covers_any(caller.roles, ("lead", "admin"), task_type, principal_id)
    )


def _covers_any(
    held: Iterable[str], wanted: Iterable[str], task_type: str, principal_id: str
) -> bool:
    """Whether a role `word`, `word:<type>` or `word:<type or *>:<principal>` is held."""
    covering = {
        f"{word}{limit}"
        for word in wanted
        for limit in (
            "",
            f":{task_type}",
            f":{task_type}:{principal_id}",
            f":*:{principal_id}",
        )
    }
    return any(one in covering for one in held)
