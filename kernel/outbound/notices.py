"""Notices in the pages: one for each person and event, unread until seen, done with their request.

notifier_svc writes them, the api shows them. Each write tells listeners on `CHANNEL` whose notices
changed, as `tenant person`, so that an open page can look again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.outbound.database import Database

CHANNEL = "handraise_notices"
SEEN_MAX = 200
KEEP_DAYS = 30
_PUT = """
WITH made AS (
    INSERT INTO outbound.notices AS n
        (id, tenant, person, request_id, why, priority, title, note, deadline, at, done_at)
    SELECT m.id, m.tenant, m.person, m.request_id, m.why, m.priority, m.title, m.note, m.deadline,
        m.at, CASE WHEN m.done THEN clock_timestamp() END
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::timestamptz[], $10::timestamptz[], $11::bool[])
        AS m (id, tenant, person, request_id, why, priority, title, note, deadline, at, done)
    ON CONFLICT (id) DO NOTHING
    RETURNING tenant, person
)
SELECT pg_notify('handraise_notices', tenant || ' ' || person) FROM made GROUP BY tenant, person
"""
_DONE = """
WITH ended AS (
    UPDATE outbound.notices
    SET done_at = clock_timestamp()
    WHERE request_id = ANY ($1) AND done_at IS NULL AND why <> ALL ($2)
        AND person IS DISTINCT FROM $3
    RETURNING tenant, person
)
SELECT pg_notify('handraise_notices', tenant || ' ' || person) FROM ended GROUP BY tenant, person
"""
_LIST = """
SELECT *
FROM outbound.notices
WHERE tenant = $1 AND person = $2
    AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid))
ORDER BY at DESC, id DESC
LIMIT $5
"""
_UNREAD = """
SELECT count(*) FROM outbound.notices
WHERE tenant = $1 AND person = $2 AND seen_at IS NULL AND done_at IS NULL
"""
_SEEN = """
WITH seen AS (
    UPDATE outbound.notices
    SET seen_at = clock_timestamp()
    WHERE tenant = $1 AND person = $2 AND seen_at IS NULL AND ($3::uuid[] IS NULL OR id = ANY ($3))
    RETURNING tenant, person
)
SELECT pg_notify('handraise_notices', tenant || ' ' || person) FROM seen GROUP BY tenant, person
"""
_OLD = "DELETE FROM outbound.notices WHERE created_at < clock_timestamp() - $1 * interval '1 day'"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNotice:
    """A notice as the pages show it; `why` as in notifier_svc, `done_at` when it needs no more."""

    id: str
    tenant: str
    person: str
    request_id: str
    why: str
    priority: str
    title: str
    note: str | None
    deadline: datetime | None
    at: datetime
    seen_at: datetime | None = None
    done_at: datetime | None = None


async def put_notices(database: Database, new: Sequence[PageNotice]) -> None:
    """Puts notices in; those known already change nothing.

    Raises:
        Unavailable: the database is away.
    """
    rows = sorted(new, key=lambda one: one.id)
    await database.execute(
        _PUT,
        [one.id for one in rows],
        [one.tenant for one in rows],
        [one.person for one in rows],
        [one.request_id for one in rows],
        [one.why for one in rows],
        [one.priority for one in rows],
        [one.title for one in rows],
        [one.note for one in rows],
        [one.deadline for one in rows],
        [one.at for one in rows],
        [one.done_at is not None for one in rows],
    )


async def end_notices(
    database: Database,
    request_ids: Iterable[str],
    but: Sequence[str] = (),
    *,
    except_of: str | None = None,
) -> None:
    """Marks the notices of these requests as done, but for those with one of these reasons.

    Those of the person `except_of` stay too: the request is theirs now.

    Raises:
        Unavailable: the database is away.
    """
    await database.execute(_DONE, sorted(set(request_ids)), list(but), except_of)


async def notices_for(
    pool: Any,
    tenant: str,
    person: str,
    *,
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
) -> tuple[list[PageNotice], int]:
    """A person's notices, the newest first, behind `after`; and how many are unread.

    Raises:
        Unavailable: the database is away.
    """
    async with Database(pool).connection() as connection:
        rows = await connection.fetch(_LIST, tenant, person, *(after or (None, None)), limit)
        unread = await connection.fetchval(_UNREAD, tenant, person)
    return [_notice(row) for row in rows], unread


def heard_as(tenant: str, person: str) -> str:
    """What is told on the channel when notices of this person change."""
    return f"{tenant} {person}"


async def mark_seen(pool: Any, tenant: str, person: str, ids: Sequence[str] | None) -> None:
    """Marks notices of a person as seen, by their ids (UUIDs); None means all of them.

    Raises:
        Unavailable: the database is away.
    """
    keys = None if ids is None else list(ids)
    await Database(pool).execute(_SEEN, tenant, person, keys)


async def forget_notices(database: Database) -> None:
    """Removes notices that are too old.

    Raises:
        Unavailable: the database is away.
    """
    await database.execute(_OLD, KEEP_DAYS)


def _notice(row: Any) -> PageNotice:
    return PageNotice(
        id=str(row["id"]),
        tenant=row["tenant"],
        person=row["person"],
        request_id=row["request_id"],
        why=row["why"],
        priority=row["priority"],
        title=row["title"],
        note=row["note"],
        deadline=row["deadline"],
        at=row["at"],
        seen_at=row["seen_at"],
        done_at=row["done_at"],
    )
