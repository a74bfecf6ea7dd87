"""The deliveries that did not get through: shown to their tenant, and set going again.

What is set going again is the same delivery: the same id and the same bytes, from the start of the
schedule. Who did it is kept with the row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.errors import HandraiseError, NotFound
from kernel.outbound.database import Database

CALLBACK_SERVICE = "callback_svc"
REDRIVE_MAX = 1000
_columns = (
    "id, tenant, request_id, event_id, channel, target, event, status, status_code, error,"
    " attempts, created_at, settled_at, due_at, redriven_at, redriven_by"
)
# Each filter that is null lets everything through.
_matching = """
    service = $1 AND ($2::text IS NULL OR tenant = $2) AND status = $3
    AND ($4::text IS NULL OR request_id = $4)
    AND ($5::text IS NULL OR target = $5)
    AND ($6::timestamptz IS NULL OR created_at >= $6)
    AND ($7::timestamptz IS NULL OR created_at < $7)
"""
_LIST = f"""
SELECT {_columns}
FROM outbound.deliveries
WHERE {_matching} AND ($8::timestamptz IS NULL OR (created_at, id) < ($8, $9::uuid))
ORDER BY created_at DESC, id DESC
LIMIT $10
"""  # noqa: S608 - our own words only
_REDRIVE_ALL = f"""
WITH chosen AS MATERIALIZED (
    SELECT id FROM outbound.deliveries
    WHERE {_matching}
    ORDER BY created_at, id
    LIMIT $8
    FOR UPDATE SKIP LOCKED
)
UPDATE outbound.deliveries d
SET status = 'pending', tries = 0, due_at = clock_timestamp(), claimed_by = NULL,
    settled_at = NULL, reported_at = NULL, going_since = clock_timestamp(),
    redriven_at = clock_timestamp(), redriven_by = $9
WHERE d.id = ANY (ARRAY (SELECT id FROM chosen))
RETURNING d.id
"""  # noqa: S608 - our own words only
_REDRIVE = """
UPDATE outbound.deliveries
SET status = 'pending', tries = 0, due_at = clock_timestamp(), claimed_by = NULL,
    settled_at = NULL, reported_at = NULL, going_since = clock_timestamp(),
    redriven_at = clock_timestamp(), redriven_by = $4
WHERE id = $1 AND tenant = $2 AND service = $3 AND status = 'failed'
RETURNING id
"""
_COUNT = f"SELECT count(*) AS found FROM outbound.deliveries WHERE {_matching}"  # noqa: S608 - our own words only
_STATUS_OF = "SELECT status FROM outbound.deliveries WHERE id = $1 AND tenant = $2 AND service = $3"


class NotFailed(HandraiseError):
    """Only a delivery that was given up can be set going again."""

    status, code = 409, "wrong_state"


class Stuck(StrEnum):
    """How a delivery can be short of its goal; the values are those of the rows."""

    EXHAUSTED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which callbacks are meant, or notices where `service` says so: of all tenants only where
    `tenant` is None.

    `target` is the whole address; the times bound when a callback was made, the second one not
    included.
    """

    tenant: str | None
    service: str = CALLBACK_SERVICE
    request_id: str | None = None
    target: str | None = None
    since: datetime | None = None
    before: datetime | None = None

    def values(self, stuck: Stuck) -> Sequence[Any]:
        """The parameters of the filter."""
        return (
            self.service,
            self.tenant,
            stuck.value,
            self.request_id,
            self.target,
            self.since,
            self.before,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckCallback:
    """A callback or notice that is not through, without its body; `id` is what `redrive` takes."""

    id: str
    tenant: str
    request_id: str
    webhook_id: str
    channel: str
    webhook_url: str
    event: str
    stuck: Stuck
    status_code: int | None
    error: str | None
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    next_attempt_at: datetime | None
    redriven_at: datetime | None
    redriven_by: str | None


async def stuck_callbacks(
    pool: Any,
    which: Which,
    stuck: Stuck = Stuck.EXHAUSTED,
    *,
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
) -> list[StuckCallback]:
    """Callbacks that are not through, the newest first, behind `after` (its time and id).

    Raises:
        Unavailable: the database is away.
    """
    begin = after or (None, None)
    rows = await Database(pool).fetch(_LIST, *which.values(stuck), *begin, limit)
    return [_stuck(row) for row in rows]


async def count_stuck(pool: Any, which: Which, stuck: Stuck = Stuck.EXHAUSTED) -> int:
    """How many are not through.

    Raises:
        Unavailable: the database is away.
    """
    return (await Database(pool).row(_COUNT, *which.values(stuck)))["found"]


async def redrive(pool: Any, delivery_id: str, tenant: str, who: str) -> None:
    """Sets an exhausted callback going again.

    Raises:
        NotFound: this tenant has no such callback.
        NotFailed: it is pending, delivered or withdrawn.
        Unavailable: the database is away.
    """
    try:
        key = UUID(delivery_id)
    except ValueError as error:
        raise NotFound(f"there is no delivery {delivery_id[:64]!r}") from error
    database = Database(pool)
    if await database.row(_REDRIVE, key, tenant, CALLBACK_SERVICE, who) is not None:
        return
    found = await database.row(_STATUS_OF, key, tenant, CALLBACK_SERVICE)
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id[:64]!r}")
    raise NotFailed(f"the delivery is {found['status']}; only an exhausted one can be redriven")


async def redrive_all(pool: Any, which: Which, who: str, *, limit: int = REDRIVE_MAX) -> int:
    """Sets exhausted callbacks going again, the oldest first; gives how many.

    Raises:
        Unavailable: the database is away; none or all of them were set going.
    """
    values = which.values(Stuck.EXHAUSTED)
    return len(await Database(pool).fetch(_REDRIVE_ALL, *values, limit, who))


def _stuck(row: Any) -> StuckCallback:
    stuck = Stuck(row["status"])
    return StuckCallback(
        id=str(row["id"]),
        tenant=row["tenant"],
        request_id=row["request_id"],
        webhook_id=row["event_id"],
        channel=row["channel"],
        webhook_url=row["target"],
        event=row["event"],
        stuck=stuck,
        status_code=row["status_code"],
        error=row["error"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
        next_attempt_at=row["due_at"] if stuck is Stuck.PENDING else None,
        redriven_at=row["redriven_at"],
        redriven_by=row["redriven_by"],
    )
