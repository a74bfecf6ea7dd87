"""Tasks, their history, figures and alarms, as people and monitoring read them."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from handraise.errors import NotFound
from prometheus_client import CONTENT_TYPE_LATEST

from examples.ad_tasks.access import may_see
from examples.ad_tasks.callers import KnownCaller
from examples.ad_tasks.figures import Figures, counts_in, figures_of
from examples.ad_tasks.platform import Platform
from examples.ad_tasks.tasks import HumanTask

router = APIRouter(tags=["watching"])

_NEWEST = 500


def _platform(request: Request) -> Platform:
    return request.app.state.platform


Here = Annotated[Platform, Depends(_platform)]


@router.get("/tasks")
async def tasks(here: Here, caller: KnownCaller, status: str | None = None) -> list[HumanTask]:
    """The newest tasks that are the caller's business."""
    await here.mirror.refresh()
    found = await here.mirror.newest(_NEWEST)
    return [one for one in found if may_see(caller, one) and status in (None, one.status)]


@router.get("/tasks/{task_id}")
async def task(task_id: str, here: Here, caller: KnownCaller) -> HumanTask:
    """A task, if it is the caller's business."""
    try:
        found = await here.desk.get(task_id)
    except NotFound:
        found = None
    if found is None or not may_see(caller, found):
        raise HTTPException(404, f"There is no task {task_id}")
    return found


@router.get("/tasks/{task_id}/history")
async def history(task_id: str, here: Here, caller: KnownCaller) -> list[dict[str, Any]]:
    """Who did what with a task, and when: the log of Handraise, which nobody can change."""
    await task(task_id, here, caller)
    entries = await here.hand.history(task_id)
    return [one.model_dump(mode="json", include={"at", "event", "actor"}) for one in entries]


@router.get("/report")
async def report(here: Here, _caller: KnownCaller) -> dict[str, Any]:
    """How the queue does."""
    return asdict(await _figures(here))


@router.get("/alerts")
async def alerts(here: Here, _caller: KnownCaller) -> list[dict[str, Any]]:
    """The alarms of late, the newest first."""
    rows = await here.pool.fetch(
        "SELECT body, made_at FROM errands WHERE what = 'alert' ORDER BY made_at DESC LIMIT $1",
        _NEWEST,
    )
    return [{**row["body"], "at": row["made_at"]} for row in rows]


@router.get("/metrics", include_in_schema=False)
async def metrics(here: Here) -> Response:
    """The figures as Prometheus reads them."""
    return Response((await _figures(here)).as_prometheus(), media_type=CONTENT_TYPE_LATEST)


@router.get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


async def _figures(here: Platform) -> Figures:
    window = timedelta(minutes=here.config.window_minutes)
    failures = await here.work.tools.operations.failed_within(window)
    return figures_of(await counts_in(here.pool), failures)
