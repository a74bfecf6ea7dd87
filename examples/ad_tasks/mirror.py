"""Keeps the tasks as they were last read, and notes what follows from each change with it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from handraise import Handraise, Request
from handraise.verbs import Filters

from examples.ad_tasks.config import Config
from examples.ad_tasks.errands import Errand, errands_after, failure_errands, overdue_errands
from examples.ad_tasks.operations import Operations
from examples.ad_tasks.tasks import HumanTask, TaskType, task_of

_PAGE: Final = 50
_READ_AT_ONCE: Final = 8
_TYPES: Final = [one.value for one in TaskType]


class Mirror:
    """The `tasks` table: what is not there is read from Handraise, whoever created it."""

    def __init__(self, pool: Any, hand: Handraise, config: Config) -> None:
        self._pool = pool
        self._hand = hand
        self._config = config
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Read what is new or has changed; a task's row and its errands are one transaction."""
        async with self._turn:
            turns = asyncio.Semaphore(_READ_AT_ONCE)

            async def read(task_id: str) -> Request:
                async with turns:
                    return await self._hand.get(task_id)

            changed = await self._changed()
            found = await asyncio.gather(*(read(one) for one in changed))
            for request in sorted(found, key=lambda one: (str(one.created_at), one.id)):
                await self._keep(request)

    async def note_alarms(self, operations: Operations, window: timedelta) -> None:
        """Note the alarms that time brings: overdue tasks, many failed operations."""
        rows = await self._pool.fetch("SELECT task FROM tasks WHERE is_open")
        now = datetime.now(UTC)
        waiting = [HumanTask.model_validate(row["task"]) for row in rows]
        failures = await operations.failed_within(window)
        errands = [*overdue_errands(waiting, now), *failure_errands(failures, now, self._config)]
        async with self._pool.acquire() as connection, connection.transaction():
            await add_errands(connection, errands)

    async def newest(self, limit: int) -> list[HumanTask]:
        """The newest tasks."""
        rows = await self._pool.fetch(
            "SELECT task FROM tasks ORDER BY task->>'created_at' DESC LIMIT $1", limit
        )
        return [HumanTask.model_validate(row["task"]) for row in rows]

    async def _changed(self) -> list[str]:
        rows = await self._pool.fetch("SELECT task_id, version FROM tasks WHERE is_open")
        known: dict[str, int] = {row["task_id"]: row["version"] for row in rows}
        waiting: set[str] = set()
        changed: dict[str, None] = {}
        async for page in self._pages({"open": True}):
            for request in page:
                waiting.add(request.id)
                if known.get(request.id) != request.version:
                    changed[request.id] = None
        changed.update(dict.fromkeys(known.keys() - waiting))
        async for page in self._pages({}):
            new = await self._unknown([request.id for request in page])
            changed.update(dict.fromkeys(new))
            if not new:
                break
        return list(changed)

    async def _unknown(self, task_ids: Sequence[str]) -> list[str]:
        rows = await self._pool.fetch("SELECT task_id FROM tasks WHERE task_id = ANY($1)", task_ids)
        known = {row["task_id"] for row in rows}
        return [one for one in task_ids if one not in known]

    async def _pages(self, narrowed: Filters) -> AsyncGenerator[Sequence[Request]]:
        filters: Filters = {"type": _TYPES, "limit": _PAGE, **narrowed}
        while True:
            page = await self._hand.list(**filters)
            yield page.items
            if page.next_cursor is None:
                return
            filters["cursor"] = page.next_cursor

    async def _keep(self, request: Request) -> None:
        task = task_of(request)
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT task FROM tasks WHERE task_id = $1 FOR UPDATE", task.task_id
            )
            before = HumanTask.model_validate(row["task"]) if row else None
            await connection.execute(
                "INSERT INTO tasks (task_id, version, is_open, escalated, task)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (task_id) DO UPDATE SET"
                " version = excluded.version, is_open = excluded.is_open,"
                " escalated = tasks.escalated OR excluded.escalated, task = excluded.task"
                " WHERE tasks.version < excluded.version",
                task.task_id,
                request.version or 0,
                task.is_open,
                (request.escalation_level or 0) > 0,
                task.model_dump(mode="json"),
            )
            await add_errands(connection, errands_after(before, task, self._config))


async def add_errands(connection: Any, errands: Sequence[Errand]) -> None:
    """Note what is to be told; what was noted before is left alone."""
    await connection.executemany(
        "INSERT INTO errands (errand_id, what, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(one.errand_id, one.what.value, one.body) for one in errands],
    )
