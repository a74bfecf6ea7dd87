"""What the platform wants of a ticket system, and how a task reads in one."""

from typing import Protocol

import httpx

from examples.ad_tasks.tasks import HumanTask

_SUMMARY_CHARS = 200


class TicketTrouble(Exception):
    """The ticket system said no, or nothing; the errand is tried again."""


class TicketSystem(Protocol):
    """Opens a ticket for a task and closes it; both bear being repeated."""

    async def open(self, task: HumanTask) -> str:
        """Open a ticket, or find the one that is open for this task; its key."""
        ...

    async def close(self, key: str, task: HumanTask) -> None:
        """Say in the ticket what came of the task, and resolve it."""
        ...


def summary_of(task: HumanTask) -> str:
    """The one line of a ticket."""
    about = task.operation or task.creative_id or task.media_buy_id or task.principal_id
    said = f"{task.task_type.replace('_', ' ').capitalize()}: {about}"
    return " ".join(said.split())[:_SUMMARY_CHARS]


def lines_of(task: HumanTask) -> list[str]:
    """What a ticket says of a task; its detail is masked already."""
    told = {
        "Task": task.task_id,
        "Principal": task.principal_id,
        "Adapter": task.adapter_name,
        "Media buy": task.media_buy_id,
        "Creative": task.creative_id,
        "Operation": task.operation,
        "Detail": task.error_detail,
        "Due by": task.due_by and task.due_by.isoformat(),
    }
    return [f"{name}: {value}" for name, value in told.items() if value]


def ending_of(task: HumanTask) -> str:
    """What a ticket says of a task's end."""
    said = f": {task.resolution_detail}" if task.resolution_detail else ""
    return f"The task {task.status} as {task.resolution}{said}"


async def called(http: httpx.AsyncClient, method: str, path: str, **how: object) -> httpx.Response:
    """A call that succeeded. Raises TicketTrouble for every other."""
    try:
        answer = await http.request(method, path, **how)  # type: ignore[arg-type]
    except httpx.HTTPError as error:
        raise TicketTrouble(f"{method} {path}: {type(error).__name__}") from error
    if not answer.is_success:
        raise TicketTrouble(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    return answer
