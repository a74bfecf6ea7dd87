"""The teams of a tenant: who is in them, and who of them is on call."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.identity_inputs import TeamChangeInput, TeamInput
from api.rest.teams import add, remove, rename
from api.web.admin.sections import admin_page, told
from api.web.filling import Sheet, posted
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session
from kernel.directory.person import Person
from kernel.errors import Invalid
from kernel.roster import Rota
from kernel.validation import validated

_done = {
    "added": "The team is there. Put people in it from their pages.",
    "renamed": "The team has its new title.",
    "removed": "The team is gone.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One team; `on_call` is who is now, `rota` how that is found, if it has one."""

    name: str
    title: str
    members: tuple[Person, ...]
    rota: Rota | None
    on_call: str


async def show_teams(request: Request, session: Session) -> Response:
    """The page."""
    return await _shown(request, session, Sheet())


async def take_team(request: Request, session: Session) -> Response:
    """Adds a team."""
    fields = await posted(request, session)
    try:
        given = {name: fields.get(name, "").strip() for name in ("name", "title")}
        await add(request, validated(TeamInput, given))
    except Invalid as error:
        return await _shown(request, session, Sheet(values=fields).with_flaws(error), error)
    return RedirectResponse("/admin/teams?done=added", SEE_OTHER)


async def take_change(request: Request, session: Session) -> Response:
    """Renames or removes a team."""
    fields, team = await posted(request, session), str(request.path_params["team"])
    try:
        if fields.get("do") == "remove":
            await remove(request, team)
            return RedirectResponse("/admin/teams?done=removed", SEE_OTHER)
        title = fields.get("new_title", "").strip()
        await rename(request, team, validated(TeamChangeInput, {"title": title}))
    except Invalid as error:
        return await _shown(request, session, Sheet().with_flaws(error), error)
    return RedirectResponse("/admin/teams?done=renamed", SEE_OTHER)


async def _shown(
    request: Request, session: Session, sheet: Sheet, error: Invalid | None = None
) -> Response:
    door, tenant = door_of(request), session.person.tenant
    titles = await door.directory.tenants.teams(tenant)
    people = [one for one in await door.directory.people.every(tenant) if one.is_active]
    roster, now = await door.directory.duty.roster(tenant), door.clock()
    names: Mapping[str, str] = {one.id: one.name for one in people}
    rows = [
        Row(
            name=name,
            title=title,
            members=tuple(one for one in people if name in one.teams),
            rota=roster.rotas.get(name),
            on_call=names.get(roster.on_call(name, now) or "", ""),
        )
        for name, title in titles.items()
    ]
    values = {"rows": rows, "names": names, "sheet": sheet, "done": told(request, _done)}
    return admin_page(session, "teams.html", values, error.status if error else 200)


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/teams", Operation.MANAGE_PEOPLE, show_teams),
    page_for("POST", "/admin/teams", Operation.MANAGE_PEOPLE, take_team),
    page_for("POST", "/admin/teams/{team}", Operation.MANAGE_PEOPLE, take_change),
)
