"""The book of who holds what, who was chosen, and whose turn it was; rows of Postgres."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from event_schemas.types import (
    Assigned,
    ChangesRequested,
    Envelope,
    Released,
    Requested,
    Revised,
    StageOpened,
    State,
)
from kernel.codec import decode_as, encode
from kernel.outbound.database import Database
from services.notifier_svc.assigning.choosing import Chosen

_OPEN = frozenset(
    {State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS, State.REVISING}
)
_FREES = (Released, StageOpened, ChangesRequested, Revised)

_NOTE = """
INSERT INTO notifier.holdings AS h (request_id, tenant, version, open, person, stage, asked)
SELECT n.request_id, n.tenant, n.version, n.open, n.person, coalesce(n.stage, 0), n.asked
FROM unnest($1::text[], $2::text[], $3::int[], $4::bool[], $5::text[], $6::int[], $7::bytea[],
            $8::bool[])
    AS n (request_id, tenant, version, open, person, stage, asked, keeps)
WHERE n.keeps OR EXISTS (SELECT FROM notifier.holdings k WHERE k.request_id = n.request_id)
ORDER BY n.request_id
ON CONFLICT (request_id) DO UPDATE SET
    version = greatest(h.version, excluded.version),
    open = CASE WHEN excluded.version > h.version THEN excluded.open ELSE h.open END,
    person = CASE WHEN excluded.version > h.version THEN excluded.person ELSE h.person END,
    chosen = CASE WHEN excluded.version > h.version AND (excluded.person IS NOT NULL
        OR excluded.request_id = ANY ($9::text[])) THEN NULL ELSE h.chosen END,
    stage = CASE WHEN excluded.request_id = ANY ($10::text[]) THEN excluded.stage ELSE h.stage END,
    asked = coalesce(h.asked, excluded.asked),
    changed_at = clock_timestamp()
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('handraise.assign ' || $1, 0))"
_HOLDING = "SELECT * FROM notifier.holdings WHERE request_id = $1"
_CHOICE = "SELECT person, reason, sent FROM notifier.choices WHERE event_id = $1"
_COUNT = "SELECT count(*) FROM notifier.choices WHERE request_id = $1"
_LOADS = """
SELECT coalesce(person, chosen) AS person, count(*) AS load
FROM notifier.holdings
WHERE tenant = $1 AND open AND coalesce(person, chosen) = ANY ($2) AND request_id <> $3
GROUP BY 1
"""
_TURNS = "SELECT person, turn FROM notifier.turns WHERE tenant = $1 AND kind = $2"
_CHOOSE = """
INSERT INTO notifier.choices (event_id, request_id, tenant, person, reason)
VALUES ($1, $2, $3, $4, $5)
"""
_EXPECT = "UPDATE notifier.holdings SET chosen = $2 WHERE request_id = $1"
_TURN = """
INSERT INTO notifier.turns (tenant, kind, person, turn)
SELECT $1, $2, $3, coalesce(max(turn), 0) + 1 FROM notifier.turns WHERE tenant = $1 AND kind = $2
ON CONFLICT (tenant, kind, person) DO UPDATE SET turn = excluded.turn
"""
_SENT = "UPDATE notifier.choices SET sent = true WHERE event_id = $1"
_CLEAN = """
WITH old AS (
    DELETE FROM notifier.holdings
    WHERE NOT open AND changed_at < clock_timestamp() - interval '7 days'
    RETURNING request_id
)
DELETE FROM notifier.choices c USING old WHERE c.request_id = old.request_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How a request stands; `question` only where its kind gives it to somebody by itself."""

    version: int
    open: bool
    person: str | None
    stage: int
    question: Requested | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What several events say of one request."""

    envelope: Envelope
    freed: bool = False
    stage: int | None = None
    asked: bytes | None = None
    keeps: bool = False


class Book:
    """The book; every method raises `Unavailable` without the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, envelopes: Iterable[Envelope]) -> None:
        """Notes how requests stand after these events, in whatever order they come."""
        noted = [one for one in summed(envelopes).values() if one.keeps or one.freed or _ended(one)]
        if not noted:
            return
        status = [one.envelope.request for one in noted]
        ids = [one.envelope.metadata.request_id for one in noted]
        await self._database.execute(
            _NOTE,
            ids,
            [one.envelope.metadata.tenant for one in noted],
            [one.version for one in status],
            [one.state in _OPEN for one in status],
            [one.assignee.person if one.assignee else None for one in status],
            [one.stage for one in noted],
            [one.asked for one in noted],
            [one.keeps for one in noted],
            [key for key, one in zip(ids, noted, strict=True) if one.freed],
            [key for key, one in zip(ids, noted, strict=True) if one.stage is not None],
        )

    async def holding(self, request_id: str) -> Holding | None:
        """How a request stands, as far as that was noted."""
        row = await self._database.row(_HOLDING, request_id)
        if row is None:
            return None
        return Holding(
            version=row["version"],
            open=row["open"],
            person=row["person"],
            stage=row["stage"],
            question=None if row["asked"] is None else decode_as(Requested, row["asked"]),
        )

    @asynccontextmanager
    async def choosing(self, tenant: str) -> AsyncGenerator["Choosing"]:
        """A place in which one copy of the service at a time chooses for a tenant."""
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute(_LOCK, tenant)
            yield Choosing(connection, tenant)

    async def sent(self, event_id: str) -> None:
        """What was chosen on this event was made durable."""
        await self._database.execute(_SENT, event_id)

    async def clean(self) -> None:
        """Forgets requests that closed a week ago."""
        await self._database.execute(_CLEAN)


class Choosing:
    """The book while one chooses."""

    def __init__(self, connection: Any, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    async def made(self, event_id: str) -> tuple[Chosen | None, bool] | None:
        """What was chosen on this event before, and whether it was sent; None if nothing was."""
        row = await self._connection.fetchrow(_CHOICE, event_id)
        if row is None:
            return None
        chosen = None if row["person"] is None else Chosen(row["person"], row["reason"])
        return chosen, row["sent"]

    async def times(self, request_id: str) -> int:
        """How often somebody was chosen for this request."""
        return await self._connection.fetchval(_COUNT, request_id)

    async def loads(self, people: Sequence[str], request_id: str) -> Mapping[str, int]:
        """How many open requests people hold or are to get, but for this one."""
        rows = await self._connection.fetch(_LOADS, self._tenant, list(people), request_id)
        return {row["person"]: row["load"] for row in rows}

    async def turns(self, kind: str) -> Mapping[str, int]:
        """The number of each person's last turn in a kind."""
        rows = await self._connection.fetch(_TURNS, self._tenant, kind)
        return {row["person"]: row["turn"] for row in rows}

    async def keep(self, envelope: Envelope, chosen: Chosen | None) -> None:
        """Remembers a choice, and counts it as a turn and as load from here on."""
        request_id = envelope.metadata.request_id
        person, reason = (None, None) if chosen is None else (chosen.person, chosen.reason)
        await self._connection.execute(
            _CHOOSE, envelope.event_id, request_id, self._tenant, person, reason
        )
        if person is not None:
            await self._connection.execute(_EXPECT, request_id, person)
            await self._connection.execute(_TURN, self._tenant, envelope.request.kind, person)


def summed(envelopes: Iterable[Envelope]) -> dict[str, Noted]:
    """What the events say of each request: the newest state, and what happened on the way."""
    found: dict[str, Noted] = {}
    for one in sorted(envelopes, key=lambda one: one.metadata.version):
        before = found.get(one.metadata.request_id) or Noted(envelope=one)
        data = one.data
        assigns = isinstance(data, Requested) and data.policy.assign is not None
        held = one.request.assignee is not None
        found[one.metadata.request_id] = Noted(
            envelope=one,
            freed=(before.freed or isinstance(data, _FREES)) and not isinstance(data, Assigned),
            stage=data.stage if isinstance(data, StageOpened) else before.stage,
            asked=encode(_slim(data)) if assigns and isinstance(data, Requested) else before.asked,
            keeps=before.keeps or assigns or held,
        )
    return found


def _ended(noted: Noted) -> bool:
    return noted.envelope.request.state not in _OPEN


def _slim(question: Requested) -> Requested:
    """The question without what nobody chooses by."""
    plain = replace(question, context="{}", form=None, metadata="{}", attachments=())
    return replace(plain, description=None)
