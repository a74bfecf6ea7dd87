"""Held deliveries: those that a summary says with others, and those that go if another fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Standing
from kernel.outbound.receipts import Receipt
from kernel.outbound.store import delivery_of

BATCH = 500
# What is claimed here is said; what is put in later, in the last moment, is not, and goes singly.
_IN_SUMMARY = """
WITH said AS (
    UPDATE outbound.deliveries SET claimed_by = 'summary'
    WHERE summary_id = $1 AND status = 'held'
    RETURNING *
)
SELECT * FROM said ORDER BY created_at, id
"""
# Only what may have been decided; the rest costs nothing.
_RESERVES = """
SELECT h.id, h.due_at, h.event_id, p.channel, p.status, p.receipt
FROM outbound.deliveries h JOIN outbound.deliveries p ON p.id = h.fallback_of
WHERE h.service = $1 AND h.status = 'held' AND h.fallback_of IS NOT NULL
    AND (p.status IN ('failed', 'withdrawn') OR p.receipt IN ('failed', 'delivered', 'clicked')
         OR p.status = 'delivered' AND p.channel <> ALL ($2) OR h.due_at <= statement_timestamp())
ORDER BY h.due_at
LIMIT $3
"""
_GO = """
UPDATE outbound.deliveries
SET status = 'pending', due_at = clock_timestamp(), going_since = clock_timestamp()
WHERE id = ANY ($1::uuid[]) AND status = 'held'
"""
_DROP = """
UPDATE outbound.deliveries
SET status = 'withdrawn', settled_at = clock_timestamp(),
    reported_at = coalesce(reported_at, clock_timestamp())
WHERE id = ANY ($1::uuid[]) AND status = 'held'
"""
_SAID = """
UPDATE outbound.deliveries h
SET status = s.status, error = s.error, provider = s.provider, provider_id = s.provider_id,
    settled_at = clock_timestamp()
FROM outbound.deliveries s
WHERE h.service = $1 AND h.status = 'held' AND h.summary_id = s.id
    AND s.status IN ('delivered', 'failed') AND h.claimed_by = 'summary'
RETURNING h.event_id
"""
_LATE = """
UPDATE outbound.deliveries h
SET status = 'pending', due_at = clock_timestamp(), going_since = clock_timestamp(),
    summary_id = NULL
FROM outbound.deliveries s
WHERE h.service = $1 AND h.status = 'held' AND h.summary_id = s.id
    AND s.status <> 'pending' AND h.claimed_by IS NULL
"""
_RECENT = """
SELECT person, count(DISTINCT event_id) AS n
FROM outbound.deliveries
WHERE tenant = $1 AND person = ANY ($2) AND service = $3 AND status IN ('pending', 'delivered')
    AND going_since > $4 AND going_since <= $5 AND summary_id IS NULL
GROUP BY person
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InReserve:
    """A delivery in reserve, and how the one stands in whose place it would go."""

    id: str
    event_id: str
    patience_ends: datetime
    channel: str
    standing: Standing
    receipt: Receipt | None


class HeldStore:
    """The held deliveries of one service; every method raises `Unavailable` without Postgres."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    async def in_summary(self, summary_id: str) -> list[Delivery]:
        """What a summary is to say, oldest first; what was withdrawn is not among it."""
        rows = await self._database.fetch(_IN_SUMMARY, summary_id)
        return [delivery_of(row) for row in rows]

    async def in_reserve(self, reporting: Sequence[str]) -> list[InReserve]:
        """What may have to go or drop now; on `reporting` channels arrival is reported."""
        rows = await self._database.fetch(_RESERVES, self._service, list(reporting), BATCH)
        return [
            InReserve(
                id=str(row["id"]),
                event_id=row["event_id"],
                patience_ends=row["due_at"],
                channel=row["channel"],
                standing=Standing(row["status"]),
                receipt=row["receipt"] and Receipt(row["receipt"]),
            )
            for row in rows
        ]

    async def go(self, ids: Sequence[str]) -> None:
        """Sets held deliveries going."""
        await self._database.execute(_GO, list(ids))

    async def drop(self, ids: Sequence[str]) -> None:
        """Withdraws held deliveries."""
        await self._database.execute(_DROP, list(ids))

    async def said_in_summaries(self) -> set[str]:
        """Settles what ended summaries said, as those ended; gives the events concerned.

        What came too late for its summary goes by itself.
        """
        await self._database.execute(_LATE, self._service)
        rows = await self._database.fetch(_SAID, self._service)
        return {row["event_id"] for row in rows}

    async def recent(
        self, tenant: str, people: Sequence[str], after: datetime, until: datetime
    ) -> Mapping[str, int]:
        """How many notices each of these people is told singly between two instants."""
        rows = await self._database.fetch(
            _RECENT, tenant, list(people), self._service, after, until
        )
        return {row["person"]: row["n"] for row in rows}
