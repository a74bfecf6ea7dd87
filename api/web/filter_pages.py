"""A person keeps views of the queue: under a name, for a team too, one to begin with."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.web.forms import read_form
from api.web.queue_query import query_of_text
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session, check_form


async def keep_filter(request: Request, session: Session) -> Response:
    """Keeps the view that the form names, and shows it."""
    fields, person = await read_form(request), session.person
    check_form(request, session.token, fields.get("csrf", ""))
    kept, team = door_of(request).directory.saved_filters, fields.get("team", "")
    query = query_of_text(fields.get("query", "")).text()
    saved = await kept.keep(
        person.tenant,
        person.id,
        name=fields.get("name", ""),
        query=query,
        team=team if team in person.teams else None,
    )
    if fields.get("default") == "1":
        await kept.begin_with(person.tenant, person.id, person.teams, saved)
    return RedirectResponse(f"/?{query}", SEE_OTHER)


async def change_filter(request: Request, session: Session) -> Response:
    """Begins with a kept view or no more, or forgets it."""
    fields, person = await read_form(request), session.person
    check_form(request, session.token, fields.get("csrf", ""))
    kept, chosen = door_of(request).directory.saved_filters, fields.get("id", "")
    match fields.get("do"):
        case "default":
            await kept.begin_with(person.tenant, person.id, person.teams, chosen)
        case "plain":
            await kept.begin_with(person.tenant, person.id, person.teams, None)
        case "remove":
            await kept.remove(person.tenant, person.id, chosen)
        case _:
            pass
    return RedirectResponse("/?view=waiting", SEE_OTHER)


PAGES: tuple[PageRoute, ...] = (
    page_for("POST", "/filters", Operation.KEEP_FILTERS, keep_filter),
    page_for("POST", "/filters/change", Operation.KEEP_FILTERS, change_filter),
)
