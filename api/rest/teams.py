"""The teams of a tenant."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.json_answers import answer
from api.rest.documents.people import TeamDocument, TeamsDocument
from api.rest.examples.people import IDENTITY_BODIES, TEAM, TEAMS
from api.rest.identity_inputs import TeamChangeInput, TeamInput
from api.rest.spec import Shown, described
from kernel.errors import NotFound

router = APIRouter(prefix="/api/v1/teams", tags=["identity"])


@router.get("", **described(Operation.MANAGE_PEOPLE, "List teams", Shown(TeamsDocument, TEAMS)))
async def list_teams(request: Request) -> Response:
    """The teams of the tenant, by name."""
    teams = await door_of(request).directory.tenants.teams(caller_of(request).tenant)
    return answer({"items": [{"name": name, "title": title} for name, title in teams.items()]})


@router.post(
    "",
    **described(
        Operation.MANAGE_PEOPLE,
        "Add a team",
        Shown(TeamDocument, TEAM, status=201),
        body=Shown(TeamInput, IDENTITY_BODIES[TeamInput]),
    ),
)
async def add_team(request: Request) -> Response:
    """Adds a team, which nobody is in yet."""
    wanted = await read_model(request, TeamInput)
    await add(request, wanted)
    return answer({"name": wanted.name, "title": wanted.title}, 201)


async def add(request: Request, wanted: TeamInput) -> None:
    """Adds a team to the caller's tenant.

    Raises:
        Invalid: the name is taken.
        Unavailable: the directory is away.
    """
    await door_of(request).directory.tenants.put_team(
        tenant=caller_of(request).tenant,
        name=wanted.name,
        title=wanted.title,
        new=True,
        deed=deed_of(request, "team_created", title=wanted.title),
    )


@router.patch(
    "/{team}",
    **described(
        Operation.MANAGE_PEOPLE,
        "Change a team",
        Shown(TeamDocument, TEAM),
        body=Shown(TeamChangeInput, IDENTITY_BODIES[TeamChangeInput]),
        problems=("unknown",),
    ),
)
async def change_team(request: Request, team: str) -> Response:
    """Gives a team another title; its name stays, kinds and requests know it by that."""
    wanted = await read_model(request, TeamChangeInput)
    await rename(request, team, wanted)
    return answer({"name": team, "title": wanted.title})


async def rename(request: Request, team: str, wanted: TeamChangeInput) -> None:
    """Gives a team of the caller's tenant another title.

    Raises:
        NotFound: there is no such team.
        Unavailable: the directory is away.
    """
    await door_of(request).directory.tenants.put_team(
        tenant=caller_of(request).tenant,
        name=_name(team),
        title=wanted.title,
        new=False,
        deed=deed_of(request, "team_changed", title=wanted.title),
    )


@router.delete(
    "/{team}",
    **described(
        Operation.MANAGE_PEOPLE,
        "Remove a team",
        Shown(TeamDocument, TEAM),
        problems=("unknown", "invalid"),
    ),
)
async def remove_team(request: Request, team: str) -> Response:
    """Removes a team that nobody is in any more."""
    tenants, tenant = door_of(request).directory.tenants, caller_of(request).tenant
    title = (await tenants.teams(tenant)).get(team, "")
    await remove(request, team)
    return answer({"name": team, "title": title})


async def remove(request: Request, team: str) -> None:
    """Removes a team of the caller's tenant.

    Raises:
        NotFound: there is no such team.
        Invalid: somebody is in it.
        Unavailable: the directory is away.
    """
    tenants, tenant = door_of(request).directory.tenants, caller_of(request).tenant
    await tenants.remove_team(tenant, _name(team), deed_of(request, "team_removed", team))


def _name(team: str) -> str:
    if not team.isprintable():
        raise NotFound("There is no such team here")
    return team
