"""The queue: the requests that wait, the most urgent first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.web.people import names_of
from api.web.rendering import page
from api.web.request_page import SOON
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session
from api.web.time_words import time_left
from event_schemas.types import Priority, State
from projections.inbox.filters import Filters
from projections.inbox.queries import Counts
from projections.inbox.shown import RequestLine
from projections.inbox.sorting import Sort

PAGE_ROWS = 50
MAX_CURSOR_CHARS = 2000
ANSWERABLE = (State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the queue."""

    id: str
    title: str
    priority: str
    kind: str
    held_by: str
    time_left: str
    soon: bool


async def show_queue(request: Request, session: Session) -> Response:
    """The page, from the cursor on."""
    door, tenant = door_of(request), session.person.tenant
    cursor = request.query_params.get("cursor", "")[:MAX_CURSOR_CHARS] or None
    waiting = Filters(states=ANSWERABLE)
    found = await door.inbox.page(
        tenant, waiting, sort=Sort.PRIORITY, limit=PAGE_ROWS, cursor=cursor
    )
    counts = await door.inbox.counts(tenant, waiting)
    holders = [line.assigned_to.person for line in found.items if line.assigned_to]
    names = await names_of(door.directory, tenant, holders)
    values = {
        **frame(session),
        "rows": [_row(line, names, door.clock()) for line in found.items],
        "next_page": found.next_cursor,
        "summary": _summary(counts),
    }
    return page("queue.html", values)


def _row(line: RequestLine, names: Mapping[str, str], now: datetime) -> Row:
    assignee, deadline = line.assigned_to, line.timeout_at
    person = assignee.person if assignee else None
    team = f"team {assignee.team}" if assignee and assignee.team else ""
    return Row(
        id=line.id,
        title=line.title,
        priority=line.priority,
        kind=line.kind.replace("_", " "),
        held_by=names.get(person, person) if person else team,
        time_left=time_left(deadline, now),
        soon=deadline is not None and deadline - now < SOON,
    )


def _summary(counts: Counts) -> str:
    urgent = counts.by_priority.get(Priority.URGENT, 0)
    return f"{counts.open} open" + (f", {urgent} urgent" if urgent else "")


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/", Operation.READ, show_queue),)
