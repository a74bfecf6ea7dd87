"""Makes a public-safe link to a request, and shows what it leads to."""

from starlette.requests import Request
from starlette.responses import Response

from api.calls import request_id_in
from api.door import door_of
from api.identity.access import Operation
from api.limits.fairness import tenant_now
from api.limits.pressure import Visit
from api.reading import find
from api.web.context_view import spoken
from api.web.forms import read_form
from api.web.rendering import page
from api.web.request.sharing import GOOD_FOR, Share, share_in, token_of
from api.web.request.showing import Telling, page_key, show
from api.web.request.typed import Typed
from api.web.routing import PageRoute, frame, open_page, page_for
from api.web.session import Session, check_form
from api.web.time_words import moment
from kernel.errors import NotFound


async def make_link(request: Request, session: Session) -> Response:
    """The request's page, with a new link on it."""
    door, fields = door_of(request), await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    request_id = request_id_in(request.path_params["request_id"])
    found = await find(door, session.person.tenant, request_id)
    share = Share(found.line.tenant, found.line.id, door.clock() + GOOD_FOR)
    token = token_of(page_key(door), share)
    address = f"{door.settings.public_url.rstrip('/')}/share/{token}"
    return await show(request, session, found, Typed(), Telling(share_url=address))


async def show_shared(request: Request) -> Response:
    """How a request stands, for whoever has the link: no content, and no names."""
    door = door_of(request)
    share = share_in(request.path_params["token"], page_key(door), door.clock())
    if share is None:
        raise NotFound("This link leads nowhere, or its 30 days are over.")
    tenant_now.set(share.tenant)
    visit: Visit = request.state.visit
    visit.belongs_to(share.tenant)
    found = await door.inbox.one(share.tenant, share.request_id)
    if found is None:
        raise NotFound("This link leads nowhere, or its 30 days are over.")
    line = found.line
    values = {
        **frame(None),
        "title": line.title,
        "kind": spoken(line.kind),
        "state": spoken(line.state),
        "outcome": spoken(line.outcome) if line.outcome else "",
        "times": [
            (name, moment(at))
            for name, at in (
                ("Asked", line.created_at),
                ("Answered", line.responded_at),
                ("Closed", line.closed_at),
                ("Deadline", line.timeout_at if line.open else None),
            )
            if at is not None
        ],
        "until": moment(share.until),
    }
    return page("views/shared.html", values)


PAGES: tuple[PageRoute, ...] = (
    page_for("POST", "/requests/{request_id}/share", Operation.RESPOND, make_link),
    open_page("GET", "/share/{token}", show_shared),
)
