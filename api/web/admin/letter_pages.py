"""The dead letters that a person may see, and what to do about each."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.web.admin.letter_advice import advice_for
from api.web.admin.letter_shape import Letter
from api.web.admin.letters import leaf_of
from api.web.admin.sections import admin_page
from api.web.routing import PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from kernel.directory.principals import Principal, Role
from kernel.errors import Unavailable
from kernel.postgres import away


async def show_letters(request: Request, session: Session) -> Response:
    """The page; `mark` is where it begins, else at the newest."""
    door, person = door_of(request), session.person
    mark = request.query_params.get("mark", "")[:2000]
    found = await leaf_of(door.settings, mark)
    only = await _only_tenant(door)
    seen = [shown for one in found.letters if (shown := visible_to(person, one, only))]
    values = {
        "rows": seen,
        "looked": len(found.letters),
        "next": f"/admin/dead-letters?mark={found.mark}" if found.mark else "",
        "first": "/admin/dead-letters" if mark else "",
        "is_operator": person.has_role(Role.OPERATOR),
    }
    return admin_page(session, "letters.html", values)


def visible_to(person: Principal, letter: Letter, only: str | None) -> Mapping[str, Any] | None:
    """A letter as this person may see it, if at all; `only` is the tenant where there is but one.

    Of one that nobody is known to own, an operator sees that it is there and why, so that faults
    don't go unseen, but nothing that it held: each tenant names its own operators, and it may well
    be another tenant's.
    """
    owner = letter.tenant or only
    if owner not in {None, person.tenant}:
        return None
    if owner is None and not person.has_role(Role.OPERATOR):
        return None
    shown = asdict(letter) | {
        "at": moment(letter.at),
        "advice": advice_for(letter.cause),
        "is_ours": owner is not None,
    }
    return shown if owner is not None else shown | {"detail": "", "key": "", "shown": ""}


async def _only_tenant(door: FrontDoor) -> str | None:
    """The tenant of an installation that has just one: then whatever is there is its own."""
    try:
        rows = await door.past.fetch("SELECT id FROM directory.tenants LIMIT 2")
    except away as error:
        raise Unavailable("The directory is away") from error
    return rows[0]["id"] if len(rows) == 1 else None


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/dead-letters", Operation.READ_DEAD_LETTERS, show_letters),
)
