"""Out of office: people say when they are away and who stands in; what they hold can go back."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.errors import Behind
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.duty import AbsencesDocument, PersonAbsenceDocument
from api.rest.duty import roster_of
from api.rest.duty_inputs import AbsencePutInput
from api.rest.examples.duty import ABSENCE, ABSENCES, DUTY_BODIES
from api.rest.spec import Shown, described
from event_schemas.types import Release
from kernel.commands import command_for
from kernel.directory.principals import actor_for
from kernel.roster import Absence
from projections.inbox.filters import Filters
from projections.inbox.sorting import Sort

router = APIRouter(prefix="/api/v1", tags=["duty"])
MOST_GIVEN_BACK = 100


@router.get(
    "/absences",
    **described(Operation.READ_DUTY, "Who is away", Shown(AbsencesDocument, ABSENCES)),
)
async def list_absences(request: Request) -> Response:
    """The absences of the tenant's people that are not over."""
    absences = (await roster_of(request)).absences
    return answer({"items": [_absence(absences[person]) for person in sorted(absences)]})


@router.get(
    "/me/absence",
    **described(Operation.BE_ABSENT, "When am I away", Shown(PersonAbsenceDocument, ABSENCE)),
)
async def read_my_absence(request: Request) -> Response:
    """The caller's absence, if one is ahead or holds."""
    return await _read(request, caller_of(request).id)


@router.put(
    "/me/absence",
    **described(
        Operation.BE_ABSENT,
        "Say when I am away",
        Shown(PersonAbsenceDocument, ABSENCE),
        body=Shown(AbsencePutInput, DUTY_BODIES[AbsencePutInput]),
    ),
)
async def put_my_absence(request: Request) -> Response:
    """Says when the caller is away and who stands in; null ends it."""
    return await _put(request, caller_of(request).id)


@router.get(
    "/people/{person_id}/absence",
    **described(
        Operation.READ_DUTY, "When a person is away", Shown(PersonAbsenceDocument, ABSENCE)
    ),
)
async def read_absence(request: Request, person_id: str) -> Response:
    """A person's absence, if one is ahead or holds."""
    return await _read(request, person_id)


@router.put(
    "/people/{person_id}/absence",
    **described(
        Operation.MANAGE_DUTY,
        "Say when a person is away",
        Shown(PersonAbsenceDocument, ABSENCE),
        body=Shown(AbsencePutInput, DUTY_BODIES[AbsencePutInput]),
    ),
)
async def put_absence(request: Request, person_id: str) -> Response:
    """Says for a person when they are away and who stands in; null ends it."""
    return await _put(request, person_id)


async def _read(request: Request, person: str) -> Response:
    return _answer(person, (await roster_of(request)).absences.get(person), 0)


async def _put(request: Request, person: str) -> Response:
    absence, given_back = await said_away(
        request, person, await read_model(request, AbsencePutInput)
    )
    return _answer(person, absence, given_back)


async def said_away(
    request: Request, person: str, wanted: AbsencePutInput
) -> tuple[Absence | None, int]:
    """A person's absence from now on, and how many requests went back.

    Raises:
        Invalid: it can't be.
        Unavailable: the directory is away.
        Behind: what they hold can't be told yet; nothing was changed.
    """
    door = door_of(request)
    if wanted.give_back and not await door.log_ends.are_in(door.inbox.positions):
        raise Behind("The view has not come up with the log yet; nothing was changed")
    caller, duty = caller_of(request), door.directory.duty
    given, absence = wanted.absence, None
    if given is None:
        await duty.end_absence(caller.tenant, person)
    else:
        absence = Absence(
            person=person,
            begins_at=given.begins_at,
            ends_at=given.ends_at,
            substitute=given.substitute,
            note=given.note,
        )
        await duty.put_absence(caller.tenant, absence, by=caller.id)
    return absence, await _give_back(request, person) if wanted.give_back else 0


async def _give_back(request: Request, person: str) -> int:
    """Releases what the person holds, in the caller's name; gives how many went back."""
    door, caller = door_of(request), caller_of(request)
    held = await door.inbox.page(
        caller.tenant,
        Filters(open_only=True, assigned_person=person),
        sort=Sort.OLDEST,
        limit=MOST_GIVEN_BACK,
    )
    released = 0
    for line in held.items:
        command = command_for(
            Release(reason="Out of office.", from_person=person),
            request_id=line.id,
            actor=actor_for(caller, "api"),
            now=door.clock(),
        )
        reply = await door.commands.ask(command)
        released += reply is not None and reply.refusal is None
    return released


def _answer(person: str, absence: Absence | None, given_back: int) -> Response:
    shown = None if absence is None else _absence(absence)
    return answer({"person": person, "absence": shown, "given_back": given_back})


def _absence(absence: Absence) -> dict[str, Any]:
    return {
        "person": absence.person,
        "begins_at": absence.begins_at,
        "ends_at": absence.ends_at,
        "substitute": absence.substitute,
        "note": absence.note,
    }
