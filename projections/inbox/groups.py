"""Reads groups of alike requests that wait for an answer, the largest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from event_schemas.types import Priority
from kernel.likeness import Likeness, likeness_of
from projections.inbox.columns import RANK
from projections.inbox.cursor import read_cursor, write_cursor
from projections.inbox.shown import CONTENT_COLUMNS, LINE_COLUMNS, RequestInFull, in_full

LOOKED_AT = 20_000
"""So many requests, those that wait longest, are looked at."""

_named = {rank: priority for priority, rank in RANK.items()}
_groups = (
    "SELECT likeness, count(*) AS size, min(rank) AS rank, min(created_at) AS oldest_at,"
    " max(created_at) AS newest_at, min(timeout_at) AS due_at,"
    " (array_agg(request_id ORDER BY created_at, request_id))[1] AS oldest,"
    " (SELECT count(*) FROM waiting) AS looked_at"
    " FROM waiting GROUP BY likeness HAVING count(*) >= $3"
    " AND ($4::bigint IS NULL OR (-count(*), likeness) > (-$4::bigint, $5::text))"
    " ORDER BY size DESC, likeness LIMIT $6"
)
# Rows from before there were likenesses are like nothing.
_waiting = (
    "WITH waiting AS MATERIALIZED (SELECT likeness, rank, created_at, timeout_at, request_id"  # noqa: S608 # a number from code
    " FROM inbox.request WHERE tenant = $1 AND open AND state <> 'revising' AND likeness <> ''"
    f" AND ($2::text[] = '{{}}' OR kind = ANY($2)) ORDER BY created_at, request_id"
    f" LIMIT {LOOKED_AT})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Alike requests that wait; `alike` is what they have in common, `oldest` the first of them.

    `priority` is that of the most urgent, `due_at` the first deadline, None where there is none.
    """

    key: str
    alike: Likeness
    size: int
    priority: Priority
    oldest_at: datetime
    newest_at: datetime
    due_at: datetime | None
    oldest: RequestInFull


@dataclass(frozen=True, slots=True)
class Groups:
    """A page of groups; `capped` means that more requests wait than were looked at."""

    items: Sequence[Group]
    next_cursor: str | None
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which groups are meant: of these kinds (none means all), with so many requests or more."""

    kinds: tuple[str, ...] = ()
    at_least: int = 2
    limit: int = 20
    cursor: str | None = None


class GroupQueries:
    """Reads over a pool; `cursor_key` is any secret of this installation."""

    def __init__(self, pool: Any, *, cursor_key: bytes) -> None:
        self._pool = pool
        self._cursor_key = cursor_key

    async def groups(self, tenant: str, wanted: Wanted) -> Groups:
        """A page of the tenant's groups, behind the cursor's.

        Raises:
            Invalid: the cursor is of another list.
        """
        scope = b"\x00".join((tenant.encode(), b"groups", repr(wanted.kinds).encode()))
        size, key = None, None
        if wanted.cursor is not None:
            size, key = read_cursor(self._cursor_key, scope, wanted.cursor)
        found = await self._pool.fetch(
            f"{_waiting} {_groups}",
            tenant,
            list(wanted.kinds),
            wanted.at_least,
            size,
            key,
            wanted.limit + 1,
        )
        shown, rest = found[: wanted.limit], found[wanted.limit :]
        oldest = await self._in_full(tenant, [record["oldest"] for record in shown])
        items = [_group(r, oldest[r["oldest"]]) for r in shown if r["oldest"] in oldest]
        cursor = None
        if rest:
            last = [shown[-1]["size"], shown[-1]["likeness"]]
            cursor = write_cursor(self._cursor_key, scope, last)
        capped = bool(found) and found[0]["looked_at"] >= LOOKED_AT
        return Groups(items, cursor, capped)

    async def _in_full(self, tenant: str, request_ids: list[str]) -> dict[str, RequestInFull]:
        records = await self._pool.fetch(
            f"SELECT {LINE_COLUMNS}, {CONTENT_COLUMNS} FROM inbox.request AS r"  # noqa: S608 # names from code
            " JOIN inbox.question AS q USING (request_id)"
            " WHERE r.request_id = ANY($1) AND r.tenant = $2",
            request_ids,
            tenant,
        )
        return {record["request_id"]: in_full(record) for record in records}


def likeness_shown(found: RequestInFull) -> Likeness:
    """What a request has in common with those that are like it."""
    line = found.line
    return likeness_of(
        kind=line.kind,
        principal_id=line.principal_id,
        asker=line.requester_id,
        title=line.title,
        context=found.context,
        facets=line.facets,
    )


def _group(record: Mapping[str, Any], oldest: RequestInFull) -> Group:
    return Group(
        key=record["likeness"],
        alike=likeness_shown(oldest),
        size=record["size"],
        priority=_named[record["rank"]],
        oldest_at=record["oldest_at"],
        newest_at=record["newest_at"],
        due_at=record["due_at"],
        oldest=oldest,
    )
