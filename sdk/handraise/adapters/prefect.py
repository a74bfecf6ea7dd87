"""Prefect: flows and tasks ask people, once, however often they are retried or started again.

::

    @flow(persist_result=True)
    async def publish(article: str) -> str:
        draft = await write(article)
        answer = await ask_people(hand, title="Publish this?", context={"draft": draft})
        ...

A flow run of a deployment is suspended while people think, and its process ends; `resume_answered`
sets it going again, from its start: what its tasks did is read from their persisted results, and
the question is found answered. Where Prefect can't suspend (in a task, in a subflow, in a flow that
is called as a function) the call waits in its process.

A question is known by the flow run, its `key`, its title and its context. Ask the same thing twice
in one run under two keys.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, Unpack, cast
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import NotPausedError
from prefect.flow_runs import aresume_flow_run, asuspend_flow_run

from handraise.adapters.asking import bound, outcomes
from handraise.client import Handraise
from handraise.errors import StillOpen
from handraise.outcomes import Outcome
from handraise.question import Asking, Question

_FIRST_LOOK: Final = timedelta(seconds=1)
_SUSPENDED: Final = FlowRunFilter(
    state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Suspended"]))
)
_PAGE: Final = 200


async def ask_people(
    hand: Handraise,
    *,
    key: str = "ask",
    suspend: bool = True,
    at_most: timedelta | None = None,
    **asking: Unpack[Asking],
) -> Outcome:
    """What people answer; asked once in a flow run, whoever asks again.

    `suspend` lets the flow run be suspended where Prefect can do that, else the call waits: for as
    long as the request lives, or `at_most` so long. Raises StillOpen after that, and RuntimeError
    outside of a run. A task that fails with it may be retried: it goes on waiting for the same.
    """
    run_id, suspension = _run()
    shown = {"title": asking["title"], "context": asking.get("context")}
    question = bound(cast("Question", {**asking}), workflow_id=run_id, place=key, about=shown)
    if suspend and suspension is not None:
        found = await outcomes(hand, {key: question}, _FIRST_LOOK)
        if found:
            return found[key]
        await asuspend_flow_run(key=f"{question.get('checkpoint_id')}-{suspension}")
    found = await outcomes(hand, {key: question}, at_most)
    if not found:
        raise StillOpen(f"Flow run {run_id} still waits for an answer")
    return found[key]


async def resume_answered(hand: Handraise) -> list[UUID]:
    """Set the suspended flow runs going whose questions are all answered; which they were.

    Call it now and then: from a flow on a schedule, or a cron job. What receives callbacks may
    call it, too, and not alone: a callback can come before the list shows of what it tells.
    """
    resumed: list[UUID] = []
    async with get_client() as client:
        suspended = await _all_suspended(client)
    for run_id in suspended:
        if await _is_answered(hand, run_id):
            with suppress(NotPausedError):
                await aresume_flow_run(run_id)
                resumed.append(run_id)
    return resumed


def _run() -> tuple[str, str | None]:
    """The run that asks, and a word for its next suspension if it can be suspended."""
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    if task is not None:
        return str(task.task_run.flow_run_id or task.task_run.id), None
    if flow is None or flow.flow_run is None:
        raise RuntimeError("People are asked from within a flow run or a task run")
    run = flow.flow_run
    can_suspend = run.deployment_id is not None and run.parent_task_run_id is None
    return str(run.id), str(run.run_count) if can_suspend else None


async def _all_suspended(client: Any) -> list[UUID]:
    found: list[UUID] = []
    while True:
        page = await client.read_flow_runs(
            flow_run_filter=_SUSPENDED, sort=FlowRunSort.ID_DESC, limit=_PAGE, offset=len(found)
        )
        found += [run.id for run in page]
        if len(page) < _PAGE:
            return found


async def _is_answered(hand: Handraise, run_id: UUID) -> bool:
    asked = await hand.list(workflow_id=str(run_id), limit=_PAGE)
    return bool(asked.items) and all(one.is_closed or one.wants_changes for one in asked.items)
