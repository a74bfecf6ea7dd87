"""Who is there when: business calendars, on-call rotas, and what people know about."""

import re
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.duty import (
    CalendarDocument,
    CalendarsDocument,
    RotaDocument,
    RotasDocument,
    SkillsDocument,
)
from api.rest.duty_inputs import SkillsInput
from api.rest.examples.duty import CALENDAR, CALENDARS, DUTY_BODIES, ROTA, ROTAS, SKILLS
from api.rest.spec import Shown, described
from kernel.calendars import Calendar
from kernel.errors import NotFound
from kernel.roster import Roster, Rota
from kernel.validation import flawed
from task_kinds.terms import ALWAYS

router = APIRouter(prefix="/api/v1", tags=["duty"])
_word = re.compile(r"[a-z][a-z0-9_]{0,49}")


async def roster_of(request: Request) -> Roster:
    """What is known of the people of the caller's tenant.

    Raises:
        Unavailable: the directory is away.
    """
    return await door_of(request).directory.duty.roster(caller_of(request).tenant)


@router.get(
    "/calendars",
    **described(
        Operation.READ_DUTY, "List business calendars", Shown(CalendarsDocument, CALENDARS)
    ),
)
async def list_calendars(request: Request) -> Response:
    """The tenant's business calendars."""
    calendars = (await roster_of(request)).calendars
    return answer({"items": [_calendar(name, calendars[name]) for name in sorted(calendars)]})


@router.get(
    "/calendars/{name}",
    **described(
        Operation.READ_DUTY,
        "Read a business calendar",
        Shown(CalendarDocument, CALENDAR),
        problems=("unknown",),
    ),
)
async def read_calendar(request: Request, name: str) -> Response:
    """One business calendar."""
    found = (await roster_of(request)).calendars.get(name)
    if found is None:
        raise NotFound(f"There is no calendar {name[:64]}.")
    return answer(_calendar(name, found))


@router.put(
    "/calendars/{name}",
    **described(
        Operation.MANAGE_DUTY,
        "Define a business calendar",
        Shown(CalendarDocument, CALENDAR),
        body=Shown(Calendar, DUTY_BODIES[Calendar]),
    ),
)
async def put_calendar(request: Request, name: str) -> Response:
    """Defines a calendar; open requests keep the hours that they were opened with."""
    caller, wanted = caller_of(request), await read_model(request, Calendar)
    if not _word.fullmatch(name):
        raise flawed("/name", "lower-case letters, digits and _ are expected, a letter first")
    if name == ALWAYS:
        raise flawed("/name", "means that every second counts; take another name")
    await door_of(request).directory.duty.put_calendar(caller.tenant, name, wanted, by=caller.id)
    return answer(_calendar(name, wanted))


@router.get(
    "/on-call",
    **described(Operation.READ_DUTY, "List on-call rotas", Shown(RotasDocument, ROTAS)),
)
async def list_rotas(request: Request) -> Response:
    """The rotas of all teams that have one, and who is on call now."""
    roster, now = await roster_of(request), door_of(request).clock()
    return answer({"items": [_rota(roster, team, now) for team in sorted(roster.rotas)]})


@router.get(
    "/on-call/{team}",
    **described(
        Operation.READ_DUTY,
        "Who is on call",
        Shown(RotaDocument, ROTA),
        problems=("unknown",),
    ),
)
async def read_rota(request: Request, team: str) -> Response:
    """A team's rota, and who is on call now."""
    roster = await roster_of(request)
    if team not in roster.rotas:
        raise NotFound(f"The team {team[:64]} has no rota.")
    return answer(_rota(roster, team, door_of(request).clock()))


@router.put(
    "/on-call/{team}",
    **described(
        Operation.MANAGE_DUTY,
        "Say who is on call",
        Shown(RotaDocument, ROTA),
        body=Shown(Rota, DUTY_BODIES[Rota]),
    ),
)
async def put_rota(request: Request, team: str) -> Response:
    """Defines the rota of a team, from now on."""
    caller, wanted = caller_of(request), await read_model(request, Rota)
    directory = door_of(request).directory
    if team not in await directory.tenants.teams(caller.tenant):
        raise flawed("/team", "there is no such team")
    await directory.duty.put_rota(caller.tenant, team, wanted, by=caller.id)
    return answer(_rota(await roster_of(request), team, door_of(request).clock()))


@router.get(
    "/people/{person_id}/skills",
    **described(Operation.READ_DUTY, "What a person knows about", Shown(SkillsDocument, SKILLS)),
)
async def read_skills(request: Request, person_id: str) -> Response:
    """The skills by which requests are given to a person; none where nothing was said."""
    found = (await roster_of(request)).skills.get(person_id, frozenset[str]())
    return answer({"person": person_id, "skills": sorted(found)})


@router.put(
    "/people/{person_id}/skills",
    **described(
        Operation.MANAGE_DUTY,
        "Say what a person knows about",
        Shown(SkillsDocument, SKILLS),
        body=Shown(SkillsInput, DUTY_BODIES[SkillsInput]),
        problems=("unknown",),
    ),
)
async def put_skills(request: Request, person_id: str) -> Response:
    """Says what a person knows about."""
    caller, wanted = caller_of(request), await read_model(request, SkillsInput)
    duty = door_of(request).directory.duty
    await duty.put_skills(caller.tenant, person_id, wanted.skills, by=caller.id)
    return answer({"person": person_id, "skills": sorted(set(wanted.skills))})


def _calendar(name: str, calendar: Calendar) -> dict[str, Any]:
    return {
        "name": name,
        "version": calendar.version(),
        "calendar": calendar.model_dump(mode="json"),
    }


def _rota(roster: Roster, team: str, now: datetime) -> dict[str, Any]:
    return {
        "team": team,
        "on_call_now": roster.on_call(team, now),
        "rota": roster.rotas[team].model_dump(mode="json"),
    }
