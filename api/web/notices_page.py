"""Notices: what a person was told, newest first; and how many are unread, as they come."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import FrontDoor, door_of
from api.entering import watch_only
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.my_notices import cursor_of, place_of
from api.web.forms import read_form
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session, check_form
from api.web.time_words import moment
from kernel.outbound.notices import PageNotice, heard_as, mark_seen, notices_for

PAGE_ROWS = 50
WAIT_SECONDS = 25.0
MAX_CURSOR_CHARS = 200
_why: Mapping[str, tuple[str, str]] = {
    "asked": ("asked", "state"),
    "revised": ("changed", "state"),
    "reminded": ("reminder", "warn"),
    "escalated": ("escalated", "bad"),
    "stage": ("next stage", "state"),
    "assigned": ("assigned to you", "state"),
    "released": ("waits again", "state"),
    "commented": ("comment", ""),
    "answered": ("answered", "good"),
    "expired": ("expired", "warn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One notice: why it came, about which request, and whether it still matters."""

    request_id: str
    title: str
    why: str
    tone: str
    note: str
    at: str
    unread: bool
    done: bool


async def show_notices(request: Request, session: Session) -> Response:
    """The page, from the cursor on."""
    door, person = door_of(request), session.person
    cursor = request.query_params.get("cursor", "")[:MAX_CURSOR_CHARS]
    found, unread = await notices_for(
        door.pool,
        person.tenant,
        person.id,
        limit=PAGE_ROWS + 1,
        after=place_of(cursor) if cursor else None,
    )
    shown, rest = found[:PAGE_ROWS], found[PAGE_ROWS:]
    values = {
        **frame(session),
        "lines": [_line(one) for one in shown],
        "unread": unread,
        "first_page": "/notices" if cursor else "",
        "next_page": f"/notices?cursor={quote(cursor_of(shown[-1]))}" if rest else "",
    }
    return page("notices.html", values)


async def see_notices(request: Request, session: Session) -> Response:
    """Marks all of them as seen."""
    fields = await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    await mark_seen(door_of(request).pool, session.person.tenant, session.person.id, None)
    return RedirectResponse("/notices", SEE_OTHER)


async def count_unread(request: Request, session: Session) -> Response:
    """How many are unread; where that is what the page knows, it answers when it changes."""
    door, person = door_of(request), session.person
    known = request.query_params.get("known", "")
    with door.live.watch(heard_as(person.tenant, person.id)) as watch:
        unread = await _unread(door, session)
        if str(unread) == known:
            watch_only(request)
            await watch.moved(asyncio.get_running_loop().time() + WAIT_SECONDS)
            unread = await _unread(door, session)
    return answer({"unread": unread})


async def _unread(door: FrontDoor, session: Session) -> int:
    _, unread = await notices_for(door.pool, session.person.tenant, session.person.id, limit=1)
    return unread


def _line(one: PageNotice) -> Line:
    why, tone = _why.get(one.why, (one.why, ""))
    return Line(
        request_id=one.request_id,
        title=one.title,
        why=why,
        tone=tone,
        note=one.note or "",
        at=moment(one.at),
        unread=one.seen_at is None and one.done_at is None,
        done=one.done_at is not None,
    )


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/notices", Operation.BE_TOLD, show_notices),
    page_for("POST", "/notices/seen", Operation.BE_TOLD, see_notices),
    page_for("GET", "/notices/unread", Operation.BE_TOLD, count_unread),
)
