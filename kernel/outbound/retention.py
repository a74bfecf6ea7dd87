"""Removes deliveries that ended long ago, a batch at a time, so that nothing grows for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from event_schemas.types import Envelope
from kernel.errors import Unavailable
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Standing
from kernel.outbound.store import delivery_of
from kernel.telemetry import logger

log = logger()
DAY_SECONDS = 24 * 3600.0
KEEP_SECONDS = {
    Standing.DELIVERED: 30 * DAY_SECONDS,
    Standing.WITHDRAWN: 30 * DAY_SECONDS,
    Standing.FAILED: 90 * DAY_SECONDS,
}
"""How long a delivery is kept after its end; one that failed may be redriven meanwhile."""
SWEEP_SECONDS = 3600.0
BATCH = 500
_REMOVE = """
WITH old AS MATERIALIZED (
    SELECT id
    FROM outbound.deliveries
    WHERE service = $1 AND status = $2
        AND settled_at < statement_timestamp() - $3::float8 * interval '1 second'
    ORDER BY settled_at
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
DELETE FROM outbound.deliveries d
WHERE d.id = ANY (ARRAY (SELECT id FROM old))
RETURNING d.*
"""

removed = Counter("handraise_deliveries_removed", "Old deliveries removed", ["service"])

Forget = Callable[[Any, Sequence[Delivery]], Awaitable[None]]
"""Removes what was kept for these deliveries only, on the connection and in its transaction."""


def is_bygone(envelope: Envelope, now: datetime) -> bool:
    """Whether an event is so old that it may have been delivered, and its row removed.

    The topics are kept for ever: without this, a consumer group that lost its offsets would tell
    everybody once more of everything that ever happened.
    """
    return (now - envelope.timestamp).total_seconds() > KEEP_SECONDS[Standing.DELIVERED]


class Retention:
    """The part that removes a service's old deliveries, and what was kept for them only."""

    def __init__(self, database: Database, service: str, forget: Forget | None = None) -> None:
        self._database = database
        self._service = service
        self._forget = forget

    async def run(self) -> None:
        """Cleans up now and then, until cancelled."""
        while True:
            try:
                await self.sweep()
            except Unavailable as error:
                log.warning("old deliveries can't be removed", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> int:
        """Removes all that is too old; gives how many deliveries that were.

        Raises:
            Unavailable: the database is away; whole batches were removed or none.
        """
        count = 0
        for standing, keep_seconds in KEEP_SECONDS.items():
            while batch := await self._remove(standing, keep_seconds):
                count += batch
        return count

    async def _remove(self, standing: Standing, keep_seconds: float) -> int:
        async with self._database.connection() as connection, connection.transaction():
            rows = await connection.fetch(_REMOVE, self._service, standing, keep_seconds, BATCH)
            if rows and self._forget is not None:
                await self._forget(connection, [delivery_of(row) for row in rows])
        removed.labels(self._service).inc(len(rows))
        return len(rows)
