"""The media buys of the principals, in the platform's database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from examples.ad_tasks.rows import record, records


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaBuy:
    """A media buy, and the line item that it has become at its ad server."""

    media_buy_id: str
    principal_id: str
    adapter_name: str
    name: str
    budget_cents: int
    targeting: Mapping[str, Any]
    status: str
    line_item_id: str | None
    detail: str | None


class MediaBuys:
    """Reads and adds media buys; operations change them."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add(
        self,
        *,
        media_buy_id: str,
        principal_id: str,
        adapter_name: str,
        name: str,
        budget_cents: int,
        targeting: Mapping[str, Any],
    ) -> None:
        """A media buy as it was ordered, with the operation that makes it; once by its id."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO media_buys"
                " (media_buy_id, principal_id, adapter_name, name, budget_cents, targeting)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                media_buy_id,
                principal_id,
                adapter_name,
                name,
                budget_cents,
                targeting,
            )
            await connection.execute(
                "INSERT INTO operations (operation_id, media_buy_id, operation)"
                " VALUES ($1, $2, 'create_line_item') ON CONFLICT DO NOTHING",
                creation_of(media_buy_id),
                media_buy_id,
            )

    async def get(self, media_buy_id: str) -> MediaBuy:
        """A media buy. Raises KeyError for one that is not there."""
        row = await self._pool.fetchrow(
            "SELECT * FROM media_buys WHERE media_buy_id = $1", media_buy_id
        )
        if row is None:
            raise KeyError(media_buy_id)
        return record(MediaBuy, row)

    async def newest(self, limit: int) -> list[MediaBuy]:
        """The newest ones."""
        rows = await self._pool.fetch(
            "SELECT * FROM media_buys ORDER BY created_at DESC LIMIT $1", limit
        )
        return records(MediaBuy, rows)


def creation_of(media_buy_id: str) -> str:
    """The id of the operation that makes a media buy's line item."""
    return f"{media_buy_id}-create"
