"""The creatives and what became of them, in the platform's database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from examples.ad_tasks.applying import applied_once
from examples.ad_tasks.decided import Decided
from examples.ad_tasks.rows import record, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Creative:
    """A creative. `cleared`: compliance has approved it; `round`: how often it was evaluated."""

    creative_id: str
    principal_id: str
    format_id: str
    media_buy_id: str | None
    content: Mapping[str, Any]
    approval_status: str
    detail: str | None
    task_id: str | None
    cleared: bool
    round: int

    @property
    def workflow_id(self) -> str:
        """The workflow of this round."""
        return f"creative-{self.creative_id}-{self.round}"


class Creatives:
    """Reads and changes creatives; a task's end is applied once."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add(
        self,
        *,
        creative_id: str,
        principal_id: str,
        format_id: str,
        media_buy_id: str | None,
        content: Mapping[str, Any],
    ) -> Creative:
        """A creative as it was uploaded, or as it is where its id is known already."""
        await self._pool.execute(
            "INSERT INTO creatives (creative_id, principal_id, format_id, media_buy_id, content)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            creative_id,
            principal_id,
            format_id,
            media_buy_id,
            content,
        )
        return await self.get(creative_id)

    async def get(self, creative_id: str) -> Creative:
        """A creative. Raises KeyError for one that is not there."""
        row = await self._pool.fetchrow(
            "SELECT * FROM creatives WHERE creative_id = $1", creative_id
        )
        if row is None:
            raise KeyError(creative_id)
        return record(Creative, row)

    async def newest(self, limit: int) -> list[Creative]:
        """The newest ones."""
        rows = await self._pool.fetch(
            "SELECT * FROM creatives ORDER BY created_at DESC LIMIT $1", limit
        )
        return records(Creative, rows)

    async def set_status(
        self, creative_id: str, status: str, detail: str, task_id: str | None = None
    ) -> None:
        """Write down where a creative stands, and the task that it waits for."""
        await self._pool.execute(
            "UPDATE creatives SET approval_status = $2, detail = $3,"
            " task_id = coalesce($4, task_id), updated_at = now() WHERE creative_id = $1",
            creative_id,
            status,
            detail,
            task_id,
        )

    async def decide(
        self,
        creative_id: str,
        decided: Decided,
        *,
        status: str | None = None,
        detail: str | None = None,
        clears: bool = False,
    ) -> None:
        """Apply a task's end, once: its modifications, where the creative stands, its clearance."""
        async with applied_once(self._pool, decided) as connection:
            if connection is None:
                return
            await connection.execute(
                "UPDATE creatives SET content = coalesce($2, content), cleared = cleared OR $3,"
                " approval_status = coalesce($4, approval_status), detail = coalesce($5, detail),"
                " updated_at = now() WHERE creative_id = $1",
                creative_id,
                decided.content,
                clears,
                status,
                detail,
            )

    async def again(self, creative_id: str) -> Creative | None:
        """Begin another round with a creative whose review failed; None for any other."""
        row = await self._pool.fetchrow(
            "UPDATE creatives SET round = round + 1, approval_status = 'received',"
            " detail = NULL, updated_at = now()"
            " WHERE creative_id = $1 AND approval_status = 'review_failed' RETURNING *",
            creative_id,
        )
        return None if row is None else record(Creative, row)

    async def begun(self) -> list[Creative]:
        """Those whose evaluation a crash may have kept from being started."""
        rows = await self._pool.fetch("SELECT * FROM creatives WHERE approval_status = 'received'")
        return records(Creative, rows)
