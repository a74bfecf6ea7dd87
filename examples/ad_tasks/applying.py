"""Applies the end of a task once, however often it is brought, in one transaction with its row."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from examples.ad_tasks.decided import Decided


@asynccontextmanager
async def applied_once(pool: Any, decided: Decided) -> AsyncGenerator[Any]:
    """A connection in a transaction that has noted this decision; None where it was applied before.

    What the block changes on it stands if and only if the note does.
    """
    async with pool.acquire() as connection, connection.transaction():
        noted = await connection.fetchval(
            "INSERT INTO decisions (task_id, task_type, resolution, detail, decided_by)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING task_id",
            decided.task_id,
            decided.task_type,
            decided.resolution,
            decided.detail,
            decided.by,
        )
        yield connection if noted else None
