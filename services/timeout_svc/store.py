"""The timer rows in Postgres: shared by all copies of the service, each due one taken by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from event_schemas.types import NextStep, StepKind
from kernel.outbound.database import Database
from services.timeout_svc.timer import Due, Timer

# A taken step that nobody confirmed, since its copy died, is fired again after so long.
LEASE_SECONDS = 5.0
# A step whose command is durable comes to an event sooner or later, and that sets the next one. If
# none comes, it is fired again after this long, then less and less often.
AGAIN_SECONDS = 60.0
AGAIN_MAX_SECONDS = 600.0
KEEP_IDLE_SECONDS = 24 * 3600.0

# Newer versions only are looked for first: a conflict locks, and so writes, even what it leaves.
_PUT = """
INSERT INTO timers.timers AS t (
    request_id, tenant, version, kind, at, generation, fire_at)
SELECT n.request_id, n.tenant, n.version, n.kind, n.at, n.generation, n.at
FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::int[])
    AS n (request_id, tenant, version, kind, at, generation)
LEFT JOIN timers.timers AS known USING (request_id)
WHERE known.version IS NULL OR known.version < n.version
ORDER BY n.request_id
ON CONFLICT (request_id) DO UPDATE
SET version = excluded.version,
    kind = excluded.kind,
    at = excluded.at,
    generation = excluded.generation,
    fire_at = CASE WHEN (t.kind, t.at, t.generation)
        IS NOT DISTINCT FROM (excluded.kind, excluded.at, excluded.generation)
        THEN t.fire_at ELSE excluded.at END,
    fired = CASE WHEN (t.kind, t.at, t.generation)
        IS NOT DISTINCT FROM (excluded.kind, excluded.at, excluded.generation)
        THEN t.fired ELSE 0 END,
    changed_at = clock_timestamp()
WHERE t.version < excluded.version
"""

_LOOK = """
SELECT clock_timestamp() AS now,
    (SELECT fire_at FROM timers.timers WHERE fire_at IS NOT NULL ORDER BY fire_at LIMIT 1) AS next
"""

_TAKE = """
WITH due AS (
    SELECT request_id
    FROM timers.timers
    WHERE fire_at <= $1
    ORDER BY fire_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE timers.timers t
SET fire_at = $1 + $3::float8 * interval '1 second'
FROM due
WHERE t.request_id = due.request_id
RETURNING t.request_id, t.tenant, t.version, t.kind, t.at, t.generation
"""

_PUT_BACK = """
UPDATE timers.timers t
SET fire_at = t.at
FROM unnest($1::text[], $2::int[]) AS n (request_id, version)
WHERE t.request_id = n.request_id AND t.version = n.version AND t.fire_at IS NOT NULL
"""

_SETTLE = """
UPDATE timers.timers t
SET fired = t.fired + 1,
    fire_at = $3::timestamptz
        + least($4::float8 * 2 ^ least(t.fired, 10), $5::float8) * interval '1 second'
FROM unnest($1::text[], $2::int[]) AS n (request_id, version)
WHERE t.request_id = n.request_id AND t.version = n.version AND t.fire_at IS NOT NULL
"""

_CLEAN = """
DELETE FROM timers.timers
WHERE ctid = ANY (ARRAY (
    SELECT ctid
    FROM timers.timers
    WHERE fire_at IS NULL
        AND changed_at < clock_timestamp() - $1::float8 * interval '1 second'
    LIMIT $2))
"""

_COUNT = """
SELECT count(*) AS pending,
    count(*) FILTER (WHERE at < clock_timestamp() - interval '1 second') AS late
FROM timers.timers
WHERE fire_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The database's time and when the next timer is due, if there is one."""

    now: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many timers wait, and how many of them since more than a second after they were due."""

    pending: int
    late: int


class TimerStore:
    """The timers of all requests; every method raises `Unavailable` without the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, timers: Sequence[Timer]) -> None:
        """Keeps each timer, unless a newer version of its request is known.

        The timers must be in the order of their request ids, one for each.
        """
        steps = [timer.step for timer in timers]
        await self._database.execute(
            _PUT,
            [timer.request_id for timer in timers],
            [timer.tenant for timer in timers],
            [timer.version for timer in timers],
            [step and step.kind.value for step in steps],
            [step and step.at for step in steps],
            [step and step.generation for step in steps],
        )

    async def look(self) -> View:
        """What the time is there and when to look again."""
        row = await self._database.row(_LOOK)
        return View(now=row["now"], next_at=row["next"])

    async def take(self, now: datetime, limit: int) -> list[Due]:
        """Takes timers due at `now`, earliest first; no other copy takes them for a while."""
        rows = await self._database.fetch(_TAKE, now, limit, LEASE_SECONDS)
        return [_due(row) for row in rows]

    async def put_back(self, taken: Iterable[Due]) -> None:
        """Lets what was taken be due when it is; where the request moved on nothing changes."""
        await self._database.execute(_PUT_BACK, *_named(taken))

    async def settle(self, fired: Iterable[Due], now: datetime) -> None:
        """Lets what was fired rest while it comes to something; where it did nothing changes."""
        named = _named(fired)
        await self._database.execute(_SETTLE, *named, now, AGAIN_SECONDS, AGAIN_MAX_SECONDS)

    async def clean(self, limit: int = 10_000) -> None:
        """Removes rows whose request has had nothing to wait for since yesterday."""
        await self._database.execute(_CLEAN, KEEP_IDLE_SECONDS, limit)

    async def count(self) -> Waiting:
        """How many timers wait, and how many are late."""
        row = await self._database.row(_COUNT)
        return Waiting(pending=row["pending"], late=row["late"])


def _named(steps: Iterable[Due]) -> tuple[list[str], list[int]]:
    # In one order, so that copies never wait for each other in a circle.
    ordered = sorted(steps, key=lambda due: due.request_id)
    return [due.request_id for due in ordered], [due.version for due in ordered]


def _due(row: Any) -> Due:
    return Due(
        request_id=row["request_id"],
        tenant=row["tenant"],
        version=row["version"],
        step=NextStep(kind=StepKind(row["kind"]), at=row["at"], generation=row["generation"]),
    )
