"""What is to be done at ad servers, and how far it has come, in the platform's database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from examples.ad_tasks.applying import applied_once
from examples.ad_tasks.decided import Decided
from examples.ad_tasks.rows import record, records

BUY_STATUS: Final[Mapping[str, str]] = {
    "create_line_item": "active",
    "pause_line_item": "paused",
    "resume_line_item": "active",
}
"""What a media buy is once such an operation is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation at an ad server.

    `status`: received, pending_review, pending_manual, retrying, done, rejected or failed.
    `asked` is how often people were asked in this round, `away` how often in a row the ad server
    did not answer.
    """

    operation_id: str
    media_buy_id: str
    operation: str
    status: str
    detail: str | None
    task_id: str | None
    cleared: bool
    asked: int
    round: int
    away: int

    @property
    def workflow_id(self) -> str:
        """The workflow of this round."""
        return f"operation-{self.operation_id}-{self.round}"


class Operations:
    """Reads and changes operations, and their media buys with them."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add(self, operation_id: str, media_buy_id: str, operation: str) -> Operation:
        """An operation, once by its id."""
        await self._pool.execute(
            "INSERT INTO operations (operation_id, media_buy_id, operation)"
            " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            operation_id,
            media_buy_id,
            operation,
        )
        return await self.get(operation_id)

    async def get(self, operation_id: str) -> Operation:
        """An operation. Raises KeyError for one that is not there."""
        row = await self._pool.fetchrow(
            "SELECT * FROM operations WHERE operation_id = $1", operation_id
        )
        if row is None:
            raise KeyError(operation_id)
        return record(Operation, row)

    async def waits(self, operation: Operation, status: str, task_id: str, asked: int) -> None:
        """It waits for a task. A leg that is run again writes the same."""
        detail = f"Task {task_id} created for {_FOR.get(status, 'manual operation')}"
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE operations SET status = $2, detail = $3, task_id = $4, asked = $5,"
                " away = 0, updated_at = now() WHERE operation_id = $1",
                operation.operation_id,
                status,
                detail,
                task_id,
                asked,
            )
            await _set_buy(connection, operation, status, detail)

    async def ends(
        self, operation: Operation, status: str, detail: str, line_item_id: str | None = None
    ) -> None:
        """It is done, rejected or failed. A leg that is run again writes the same."""
        bought = BUY_STATUS.get(operation.operation, "active") if status == "done" else status
        async with self._pool.acquire() as connection, connection.transaction():
            ended = await connection.fetchval(
                "UPDATE operations SET status = $2, detail = $3, away = 0, updated_at = now()"
                " WHERE operation_id = $1 AND status <> $2 RETURNING 1",
                operation.operation_id,
                status,
                detail,
            )
            if ended and status == "failed":
                await _note_failure(connection, operation, detail)
            await _set_buy(connection, operation, bought, detail, line_item_id)

    async def tries_again(self, operation: Operation, why: str, after: timedelta) -> None:
        """The ad server was away: it is tried again by itself."""
        async with self._pool.acquire() as connection, connection.transaction():
            put_off = await connection.fetchval(
                "UPDATE operations SET status = 'retrying', detail = $2, away = away + 1,"
                " try_again_at = now() + $3::interval, updated_at = now()"
                " WHERE operation_id = $1 AND status <> 'retrying' RETURNING 1",
                operation.operation_id,
                why,
                after,
            )
            if put_off:
                await _note_failure(connection, operation, why)

    async def clear(self, operation: Operation, decided: Decided) -> None:
        """Apply compliance's approval of the targeting, with its modifications, once."""
        async with applied_once(self._pool, decided) as connection:
            if connection is None:
                return
            await connection.execute(
                "UPDATE operations SET cleared = true WHERE operation_id = $1",
                operation.operation_id,
            )
            await connection.execute(
                "UPDATE media_buys SET targeting = coalesce($2, targeting), updated_at = now()"
                " WHERE media_buy_id = $1",
                operation.media_buy_id,
                decided.content,
            )

    async def begin_due(self) -> list[Operation]:
        """Begin another round with those that are to be tried again by now."""
        rows = await self._pool.fetch(
            "UPDATE operations SET round = round + 1, status = 'received'"
            " WHERE status = 'retrying' AND try_again_at <= now() RETURNING *"
        )
        return records(Operation, rows)

    async def again(self, operation_id: str) -> Operation | None:
        """Begin another round with a failed operation; None for any other."""
        row = await self._pool.fetchrow(
            "UPDATE operations SET round = round + 1, status = 'received', asked = 0"
            " WHERE operation_id = $1 AND status = 'failed' RETURNING *",
            operation_id,
        )
        return None if row is None else record(Operation, row)

    async def begun(self) -> list[Operation]:
        """Those that a crash may have kept from being started."""
        rows = await self._pool.fetch("SELECT * FROM operations WHERE status = 'received'")
        return records(Operation, rows)

    async def newest(self, limit: int) -> list[Operation]:
        """The newest ones."""
        rows = await self._pool.fetch(
            "SELECT * FROM operations ORDER BY created_at DESC LIMIT $1", limit
        )
        return records(Operation, rows)

    async def failed_within(self, window: timedelta) -> int:
        """How many failures there were lately."""
        return await self._pool.fetchval(
            "SELECT count(*) FROM failures WHERE at > now() - $1::interval", window
        )


_FOR: Final = {"pending_review": "manual review", "pending_manual": "manual operation"}


async def _set_buy(
    connection: Any,
    operation: Operation,
    status: str,
    detail: str,
    line_item_id: str | None = None,
) -> None:
    await connection.execute(
        "UPDATE media_buys SET status = $2, detail = $3,"
        " line_item_id = coalesce($4, line_item_id), updated_at = now() WHERE media_buy_id = $1",
        operation.media_buy_id,
        status,
        detail,
        line_item_id,
    )


async def _note_failure(connection: Any, operation: Operation, why: str) -> None:
    await connection.execute(
        "INSERT INTO failures (operation_id, error) VALUES ($1, $2)", operation.operation_id, why
    )
