"""Groups: alike requests that wait, and why they are alike, so that people decide them together."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.web.queue_query import QueueQuery
from api.web.rendering import page
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session
from api.web.time_words import span
from api.web.urgency import Left, left_of
from projections.inbox.groups import LOOKED_AT, Group, Wanted
from projections.inbox.sorting import Sort

MAX_CURSOR_CHARS = 500
MAX_PLACES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One group; `places` are those of the context that all have, `more` how many are not shown."""

    count: int
    title: str
    kind: str
    asker: str
    principal: str
    operation: str
    places: tuple[str, ...]
    more: int
    priority: str
    age: str
    left: Left
    href: str
    oldest_id: str
    oldest: str


async def show_groups(request: Request, session: Session) -> Response:
    """The page, from the cursor on."""
    door = door_of(request)
    cursor = request.query_params.get("cursor", "")[:MAX_CURSOR_CHARS] or None
    found = await door.groups.groups(session.person.tenant, Wanted(cursor=cursor))
    now = door.clock()
    values = {
        **frame(session),
        "rows": [_row(group, span(now - group.oldest_at), now) for group in found.items],
        "next_page": f"/groups?cursor={found.next_cursor}" if found.next_cursor else "",
        "first_page": "/groups" if cursor else "",
        "looked_at": f"{LOOKED_AT:,}" if found.capped else "",
    }
    return page("groups.html", values)


def _row(group: Group, age: str, now: datetime) -> Row:
    alike, line = group.alike, group.oldest.line
    places = tuple(place for place in alike.shape if not place.endswith((" object", " list")))
    return Row(
        count=group.size,
        title=alike.title,
        kind=alike.kind.replace("_", " "),
        asker=alike.asker,
        principal=alike.principal_id or "",
        operation=alike.operation or "",
        places=places[:MAX_PLACES],
        more=max(len(places) - MAX_PLACES, 0),
        priority=group.priority,
        age=age,
        left=left_of(group.due_at, now),
        href=QueueQuery(group=group.key, sort=Sort.OLDEST).address(),
        oldest_id=line.id,
        oldest=line.title,
    )


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/groups", Operation.READ, show_groups),)
