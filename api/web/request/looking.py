"""Tells an open page who else is looking, and whether the request has moved since it was drawn."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.calls import request_id_in
from api.door import FrontDoor, door_of
from api.entering import watch_only
from api.identity.access import Operation
from api.json_answers import answer
from api.reading import find
from api.rest.shapes import request_document
from api.web.context_view import spoken
from api.web.forms import read_form
from api.web.people import names_of
from api.web.request.page import OPEN_STATES
from api.web.routing import PageRoute, page_for
from api.web.session import Session, check_form
from projections.inbox.shown import RequestInFull

WAIT_SECONDS = 8.0
_max_digits = 10


async def look(request: Request, session: Session) -> Response:
    """Says that this person looks; answers as soon as the request moves, or after a while."""
    door, fields = door_of(request), await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    person, request_id = session.person, request_id_in(request.path_params["request_id"])
    if fields.get("leaves"):
        door.presence.leave(person.tenant, request_id, person.id)
        return answer({}, 200)
    watch_only(request)
    found = await find(door, person.tenant, request_id)
    await door.presence.look(door.pool, person.tenant, request_id, person.id)
    found = await _moved(door, found, _number(fields.get("version", "")))
    return answer(await _told(door, session, found, _number(fields.get("revision", ""))), 200)


async def _moved(door: FrontDoor, found: RequestInFull, version: int) -> RequestInFull:
    until = asyncio.get_running_loop().time() + WAIT_SECONDS
    line = found.line
    with door.live.watch(line.id) as watch:
        while True:
            found = await door.inbox.one(line.tenant, line.id) or found
            if found.line.version != version or not await watch.moved(until):
                return found


async def _told(
    door: FrontDoor, session: Session, found: RequestInFull, revision: int
) -> dict[str, object]:
    line, tenant = found.line, session.person.tenant
    lookers = [p for p in door.presence.lookers(tenant, line.id) if p != session.person.id]
    holder = line.assigned_to.person if line.assigned_to else None
    names = await names_of(door.directory, tenant, [*lookers, line.responded_by, holder])
    return {
        "version": line.version,
        "is_open": line.state in OPEN_STATES,
        "revised": line.revision != revision,
        "lookers": [names.get(one, one) for one in lookers],
        "holder": names.get(holder, holder) if holder and holder != session.person.id else None,
        "banner": _banner(door, found, names.get(line.responded_by or "", "Someone"), revision),
    }


def _banner(door: FrontDoor, found: RequestInFull, responder: str, revision: int) -> str:
    """What has become of the request, where it can't be answered as it was read."""
    document = request_document(found, door.url_of(found.line.id))
    line, response = found.line, document["response"] or {}
    if line.state in OPEN_STATES:
        return "The question was changed while you read it." if line.revision != revision else ""
    decision = spoken(str(response.get("decision") or "")).lower()
    match line.outcome:
        case None:
            return "Changes were requested meanwhile; the asker is at it."
        case "timed_out":
            return "The deadline has passed; this request was closed."
        case "cancelled":
            return "The asker has withdrawn this request."
        case _:
            return f"{responder} was first: {decision}." if decision else "This request was closed."


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _max_digits else 0


PAGES: tuple[PageRoute, ...] = (
    page_for("POST", "/requests/{request_id}/looking", Operation.READ, look),
)
