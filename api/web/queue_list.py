"""Reads what the queue shows: the rows of a page, and how many there are in each view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.door import FrontDoor
from api.web.people import names_of
from api.web.queue_query import ANSWERABLE, CLOSED, QueueQuery, View, filters_of
from api.web.queue_rows import NOTHING, Looking, Row, people_in, row_of
from event_schemas.types import State
from kernel.directory.principals import Principal
from projections.inbox.feed import lines_of
from projections.inbox.filters import Filters
from projections.inbox.glance import glances, listed_of
from projections.inbox.queries import Counts
from projections.inbox.shown import RequestLine

PAGE_ROWS = 50
_labels = {
    View.WAITING: "Waiting",
    View.MINE: "Mine",
    View.TEAMS: "My teams",
    View.UNASSIGNED: "Unassigned",
    View.CHANGES: "Changes requested",
    View.DECIDED: "Decided",
    View.ALL: "All",
}
_numbered = {
    View.WAITING: ANSWERABLE,
    View.CHANGES: (State.REVISING,),
    View.DECIDED: CLOSED,
    View.ALL: tuple(State),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list: its rows, how many there are ("1,000+"), and the next page's address."""

    rows: Sequence[Row]
    total: str
    next_page: str


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A view to choose, and how many requests it has where that is quickly known."""

    label: str
    address: str
    count: str
    is_current: bool


class QueueReader:
    """Reads the queue for one person, as it stands at a moment."""

    def __init__(self, door: FrontDoor, person: Principal, now: datetime) -> None:
        self._door = door
        self._person = person
        self._now = now
        self._tally: Counts | None = None

    async def page(self, query: QueueQuery) -> Listed:
        """A page of rows.

        Raises:
            Invalid: its text can't be searched for, or its cursor is of another list.
        """
        if self._sees_nothing(query):
            return Listed((), "0", "")
        filters = filters_of(query, self._person, self._now)
        inbox, tenant = self._door.inbox, self._person.tenant
        found = await inbox.page(
            tenant, filters, sort=query.order, limit=PAGE_ROWS, cursor=query.cursor or None
        )
        by_state = not query.narrows and query.view in _numbered
        total = (
            f"{await self._in(query.view):,}"
            if by_state
            else _number(await inbox.counts(tenant, filters))
        )
        following = query.address(cursor=found.next_cursor) if found.next_cursor else ""
        return Listed(await self._rows(list(found.items)), total, following)

    async def changed(self, query: QueueQuery, request_ids: Sequence[str]) -> Sequence[Row]:
        """The rows of these requests as they stand now; those that the list has not are gone.

        Raises:
            Invalid: its text can't be searched for.
        """
        pool, tenant = self._door.pool, self._person.tenant
        lines = await lines_of(pool, tenant, request_ids)
        filters = filters_of(query, self._person, self._now)
        nothing = self._sees_nothing(query) or not lines
        listed = (
            frozenset[str]() if nothing else await listed_of(pool, tenant, filters, list(lines))
        )
        return await self._rows(list(lines.values()), listed)

    async def tabs(self, query: QueueQuery) -> Sequence[ViewTab]:
        """The views, with the counts that the tally and one index give."""
        mine = Filters(states=ANSWERABLE, assigned_person=self._person.id)
        numbers = {view: f"{await self._in(view):,}" for view in _numbered}
        numbers[View.MINE] = _number(await self._door.inbox.counts(self._person.tenant, mine))
        del numbers[View.ALL]
        return [
            ViewTab(
                label,
                query.address(view=view, cursor="", sort=None),
                numbers.get(view, ""),
                view is query.view,
            )
            for view, label in _labels.items()
        ]

    async def kinds(self) -> Sequence[str]:
        """The kinds that there are requests of."""
        return sorted((await self._everything()).by_kind)

    async def _in(self, view: View) -> int:
        """How many requests are in one of the views that states alone make."""
        by_state = (await self._everything()).by_state
        return sum(by_state.get(state, 0) for state in _numbered[view])

    async def _everything(self) -> Counts:
        if self._tally is None:
            self._tally = await self._door.inbox.counts(self._person.tenant, Filters())
        return self._tally

    def _sees_nothing(self, query: QueueQuery) -> bool:
        return query.view is View.TEAMS and not self._person.teams

    async def _rows(
        self, lines: list[RequestLine], listed: frozenset[str] | None = None
    ) -> Sequence[Row]:
        tenant = self._person.tenant
        seen = await glances(self._door.pool, tenant, [line.id for line in lines])
        names = await names_of(self._door.directory, tenant, people_in(lines))
        looking = Looking(self._person, self._now, names)
        return [
            row_of(
                line,
                seen.get(line.id, NOTHING),
                looking,
                gone=listed is not None and line.id not in listed,
            )
            for line in lines
        ]


def _number(counts: Counts) -> str:
    return f"{counts.total:,}{'+' if counts.capped else ''}"
