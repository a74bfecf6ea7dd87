"""The people of a tenant: found by name or address, with what each may do."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.people import cursor_behind, place_of
from api.web.admin.role_words import words_of
from api.web.admin.sections import admin_page
from api.web.routing import PageRoute, page_for
from api.web.session import Session
from kernel.directory.person import Person

AT_A_TIME = 50
MAX_QUERY_CHARS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person; each role with what it means."""

    person: Person
    roles: tuple[tuple[str, str], ...]


async def show_people(request: Request, session: Session) -> Response:
    """The page; `q` narrows it to names and addresses with that in them."""
    query = request.query_params.get("q", "").strip()[:MAX_QUERY_CHARS].replace("\x00", "")
    cursor = request.query_params.get("cursor")
    found = await door_of(request).directory.people.page(
        session.person.tenant,
        limit=AT_A_TIME + 1,
        after=None if cursor is None else place_of(cursor),
        having=query or None,
    )
    shown, rest = found[:AT_A_TIME], found[AT_A_TIME:]
    values = {
        "query": query,
        "rows": [
            Row(person=one, roles=tuple((r, words_of(r)) for r in one.roles)) for one in shown
        ],
        "next": cursor_behind(shown[-1]) if rest else "",
        "later": cursor is not None,
    }
    return admin_page(session, "people.html", values)


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/people", Operation.MANAGE_PEOPLE, show_people),
)
