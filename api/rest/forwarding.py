"""Hands a request on to somebody else who may answer it, with a note."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of, key_of
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.rest.acting import act, call_for
from api.rest.documents.requests import ActedDocument
from api.rest.duty_inputs import ForwardInput
from api.rest.examples.duty import DUTY_BODIES
from api.rest.examples.requests import ACTED
from api.rest.spec import Shown, described
from event_schemas.types import Assign, Assignee
from kernel.validation import flawed

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])
_closed = ("wrong_state", "already_decided", "late", "expired", "unknown")


@router.post(
    "/forward",
    **described(
        Operation.FORWARD,
        "Hand a request on",
        Shown(ActedDocument, ACTED),
        body=Shown(ForwardInput, DUTY_BODIES[ForwardInput]),
        commands=True,
        problems=(*_closed, "held_by"),
    ),
)
async def forward(request: Request, request_id: str) -> Response:
    """Hands a request that one holds, or that nobody holds, to another who may answer it.

    Whoever is away is passed over for whoever stands in. The history shows the whole chain.
    """
    call = call_for(request, request_id, "forward", key_of(request))
    given = await read_model(request, ForwardInput)
    command = await forward_command(door_of(request), caller_of(request).tenant, given)
    return (await act(request, call, command)).response(request.url.path)


async def forward_command(door: FrontDoor, tenant: str, given: ForwardInput) -> Assign:
    """The command, with what shows the writer that the person may answer.

    Raises:
        Invalid: there is no such person or team.
        Unavailable: the directory is away.
    """
    directory = door.directory
    if given.team is not None:
        if given.team not in await directory.tenants.teams(tenant):
            raise flawed("/team", "there is no such team")
        return Assign(assignee=Assignee(team=given.team), reason=given.note)
    named = given.person or ""
    person = (await directory.people.named(tenant, [named])).get(named)
    found = None if person is None else await directory.people.get(tenant, person)
    if found is None:
        raise flawed("/person", "there is no such person")
    there = (await directory.duty.roster(tenant)).there_for(found.id, door.clock())
    if there is not None and there != found.id:
        found = await directory.people.get(tenant, there) or found
    return Assign(
        assignee=Assignee(person=found.id),
        reason=given.note,
        roles=found.roles,
        teams=found.teams,
    )
