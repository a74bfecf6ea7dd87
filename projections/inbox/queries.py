"""Reads of the queue for the front door, each within one tenant."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from event_schemas.types import Policy, Priority, State
from kernel.codec import decode_as
from projections.inbox.cursor import read_cursor, write_cursor
from projections.inbox.filters import OPEN, REQUESTS, Filters, Where, where
from projections.inbox.shown import (
    CONTENT_COLUMNS,
    LINE_COLUMNS,
    RequestInFull,
    RequestLine,
    in_full,
    line,
)
from projections.inbox.sorting import Sort, after, labelled, order_by, order_by_labels, place
from projections.json_text import plain

COUNT_CAP = 1000
FACETS_LOOKED_AT = 10_000
# So many rows in the list's own order are looked at before an index on what is looked for is asked:
# what is frequent fills a page by then, and what is not is rare enough for that index.
WALK = 5000
# To look into a question costs more.
WALK_READING = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """A statement and its arguments."""

    text: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """The first so many rows that meet a condition, in an order."""

    condition: Where
    sort: Sort
    wanted: int

    def query(self, walked: int | None = None) -> Query:
        """The statement; with `walked`, only among so many that come first in the order."""
        if walked is None:
            rows, met, order = f"{REQUESTS} AS r", self.condition.text(), order_by(self.sort)
        else:
            rows, met = walk(self.condition, self.sort, walked)
            order = order_by_labels(self.sort)
        return Query(
            f"SELECT {LINE_COLUMNS} FROM {rows} WHERE {met}"  # noqa: S608 # names from code
            f" ORDER BY {order} LIMIT {self.wanted:d}",
            self.condition.values,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Lines of a list, and the cursor of the next page, if there may be one."""

    items: Sequence[RequestLine]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many requests some filters leave, in all and by three of their fields.

    `capped` means that counting ended at `COUNT_CAP`: there are that many or more.
    """

    total: int
    open: int
    by_state: Mapping[State, int]
    by_kind: Mapping[str, int]
    by_priority: Mapping[Priority, int]
    capped: bool


class InboxQueries:
    """Reads over a pool; `cursor_key` is any secret of this installation."""

    def __init__(self, pool: Any, *, cursor_key: bytes) -> None:
        self._pool = pool
        self._cursor_key = cursor_key

    async def one(self, tenant: str, request_id: str) -> RequestInFull | None:
        """A request with its content, or None if the tenant has none of this id."""
        record = await self._pool.fetchrow(
            f"SELECT {LINE_COLUMNS}, {CONTENT_COLUMNS} FROM inbox.request AS r"  # noqa: S608 # names from code
            " JOIN inbox.question AS q USING (request_id)"
            " WHERE r.request_id = $1 AND r.tenant = $2",
            plain(request_id),
            tenant,
        )
        return None if record is None else in_full(record)

    async def version_of(self, tenant: str, request_id: str) -> int | None:
        """The version that the view has of a request, or None if it has none."""
        return await self._pool.fetchval(
            "SELECT version FROM inbox.request WHERE request_id = $1 AND tenant = $2",
            plain(request_id),
            tenant,
        )

    async def policy_of(self, tenant: str, request_id: str) -> Policy | None:
        """The rules of a request, as it was opened with them."""
        word = await self._pool.fetchval(
            "SELECT p.word FROM inbox.request AS r JOIN inbox.policy AS p USING (policy_id)"
            " WHERE r.request_id = $1 AND r.tenant = $2",
            plain(request_id),
            tenant,
        )
        return None if word is None else decode_as(Policy, word)

    async def positions(self) -> dict[int, int]:
        """The offset, by partition, of the first log record that the view has not read."""
        records = await self._pool.fetch("SELECT partition, read_to FROM inbox.position")
        return {record["partition"]: record["read_to"] for record in records}

    async def page(
        self, tenant: str, filters: Filters, *, sort: Sort, limit: int, cursor: str | None = None
    ) -> Page:
        """A page of a list, behind the cursor's.

        Raises:
            Invalid: the cursor is of another list, or the text can't be searched for.
        """
        condition = where(tenant, filters)
        scope = b"\x00".join((tenant.encode(), sort.encode(), filters.digest()))
        if cursor is not None:
            after(condition, sort, read_cursor(self._cursor_key, scope, cursor))
        records = await self._page_records(tenant, filters, Listing(condition, sort, limit + 1))
        items = [line(record) for record in records[:limit]]
        more = len(records) > limit
        following = write_cursor(self._cursor_key, scope, place(sort, items[-1])) if more else None
        return Page(items, following)

    async def counts(self, tenant: str, filters: Filters) -> Counts:
        """How many requests the filters leave: exact by state, kind and priority, else capped.

        Raises:
            Invalid: the text can't be searched for.
        """
        if filters.countable:
            return counted(await self._tally(tenant, filters), capped=False)
        records = await self._count_records(where(tenant, filters), filters)
        return counted(records, capped=sum(r["n"] for r in records) >= COUNT_CAP)

    async def facet_counts(self, tenant: str, kind: str, facet: str) -> dict[str, int]:
        """How many open requests of a kind have each value of a facet, the most frequent first.

        Looks at `FACETS_LOOKED_AT` requests and gives 100 values at most.
        """
        records = await self._fetch_planned(
            Query(
                "SELECT value, count(*) AS n FROM (SELECT facets ->> $3 AS value FROM inbox.request"
                " WHERE tenant = $1 AND kind = $2 AND open LIMIT $4) AS found"
                " WHERE value IS NOT NULL GROUP BY value ORDER BY n DESC, value LIMIT 100",
                [tenant, kind, facet, FACETS_LOOKED_AT],
            )
        )
        return {record["value"]: record["n"] for record in records}

    async def _tally(self, tenant: str, filters: Filters) -> list[Any]:
        states = set(filters.states or State) & (OPEN if filters.open_only else set(State))
        return await self._pool.fetch(
            "SELECT state, kind, priority, sum(n)::bigint AS n FROM inbox.tally WHERE tenant = $1"
            " AND state = ANY($2) AND ($3::text[] = '{}' OR kind = ANY($3))"
            " AND ($4::text[] = '{}' OR priority = ANY($4)) GROUP BY state, kind, priority",
            tenant,
            [state.value for state in states],
            list(filters.kinds),
            [priority.value for priority in filters.priorities],
        )

    async def _page_records(self, tenant: str, filters: Filters, listing: Listing) -> list[Any]:
        if filters.sifts:
            found = await self._fetch_planned(listing.query(walk_of(filters)))
            if len(found) >= listing.wanted:
                return found
            if (filters.states or filters.kinds) and not await self._tally(tenant, filters):
                return []
        return await self._fetch_planned(listing.query())

    async def _count_records(self, condition: Where, filters: Filters) -> list[Any]:
        if filters.sifts:
            found = await self._fetch_planned(count_query(condition, walk_of(filters)))
            if sum(record["n"] for record in found) >= COUNT_CAP:
                return found
        return await self._fetch_planned(count_query(condition))

    async def _fetch_planned(self, query: Query) -> list[Any]:
        # The best plan depends on the values: one that suits them all may scan the whole queue.
        async with self._pool.acquire() as connection:
            await connection.execute("SET plan_cache_mode = force_custom_plan")
            return await connection.fetch(query.text, *query.values)


def count_query(condition: Where, walked: int | None = None) -> Query:
    """By state, kind and priority, up to `COUNT_CAP` rows; with `walked`, among the oldest only."""
    rows, met = f"{REQUESTS} AS r", condition.text()
    if walked is not None:
        rows, met = walk(condition, Sort.OLDEST, walked)
    return Query(
        "SELECT state, kind, priority, count(*) AS n FROM"  # noqa: S608 # names from code
        f" (SELECT r.state, r.kind, r.priority FROM {rows} WHERE {met} LIMIT {COUNT_CAP}) AS found"
        " GROUP BY state, kind, priority",
        condition.values,
    )


def walk_of(filters: Filters) -> int:
    """How many rows are looked at first."""
    return WALK_READING if filters.text else WALK


def walk(condition: Where, sort: Sort, walked: int) -> tuple[str, str]:
    """The rows `r` that come first in an order within the scope, and what else each must meet."""
    scope = " AND ".join(condition.scope)
    rest = " AND ".join((*condition.rest, *condition.probed)) or "true"
    first = (
        f"SELECT r.*, {labelled(sort)} FROM inbox.request AS r"  # noqa: S608 # names from code
        f" WHERE {scope} ORDER BY {order_by(sort)} LIMIT {walked:d}"
    )
    return f"({first}) AS r", rest


def counted(records: Sequence[Mapping[str, Any]], *, capped: bool) -> Counts:
    """The counts that records of (state, kind, priority, n) add up to."""
    by_state: Counter[State] = Counter()
    by_kind: Counter[str] = Counter()
    by_priority: Counter[Priority] = Counter()
    for record in records:
        by_state[State(record["state"])] += record["n"]
        by_kind[record["kind"]] += record["n"]
        by_priority[Priority(record["priority"])] += record["n"]
    return Counts(
        total=by_state.total(),
        open=sum(n for state, n in by_state.items() if state in OPEN),
        by_state=dict(by_state),
        by_kind=dict(by_kind),
        by_priority=dict(by_priority),
        capped=capped,
    )
