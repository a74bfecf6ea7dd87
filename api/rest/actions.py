"""What one does with a request beside answering it: take, assign, extend, cancel and so on."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import call_about, request_id_in
from api.door import door_of
from api.identity.access import Operation
from api.rest.documents.requests import ActedDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.requests import ACTED
from api.rest.inputs import (
    AssignInput,
    CommentInput,
    ExtendInput,
    NothingInput,
    ReasonInput,
    ReprioritiseInput,
)
from api.rest.replies import acted, told
from api.rest.spec import Described, Shown, described
from api.sending import ask
from event_schemas.types import (
    Assign,
    Assignee,
    Cancel,
    Claim,
    CommandBody,
    Comment,
    Escalate,
    Extend,
    Priority,
    Release,
    Reprioritise,
    Start,
)
from kernel.content import attachment_from
from kernel.question import Input

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])
_closed = ("wrong_state", "already_decided", "late", "expired", "unknown")


async def _act(request: Request, request_id: str, body: CommandBody) -> Response:
    door = door_of(request)
    call = call_about(request, request_id_in(request_id))
    reply = await ask(door.commands, door.clock, call, body)
    return told(request, call.request_id, reply, acted)


def _does(operation: Operation, summary: str, body: type[Input], *problems: str) -> Described:
    return described(
        operation,
        summary,
        Shown(ActedDocument, ACTED),
        body=Shown(body, BODIES[body]),
        commands=True,
        problems=(*_closed, *problems),
    )


@router.post("/claim", **_does(Operation.CLAIM, "Take a request", NothingInput, "held_by"))
async def claim(request: Request, request_id: str) -> Response:
    """Takes a request for oneself, for as long as its kind allows."""
    await read_model(request, NothingInput)
    return await _act(request, request_id, Claim())


@router.post("/release", **_does(Operation.RELEASE, "Give a request back", ReasonInput, "held_by"))
async def release(request: Request, request_id: str) -> Response:
    """Gives a request back to all who may answer it."""
    body = await read_model(request, ReasonInput)
    return await _act(request, request_id, Release(reason=body.reason))


@router.post("/start", **_does(Operation.START, "Begin to work", NothingInput, "held_by"))
async def start(request: Request, request_id: str) -> Response:
    """Says that one has begun to work on a request."""
    await read_model(request, NothingInput)
    return await _act(request, request_id, Start())


@router.post("/assign", **_does(Operation.ASSIGN, "Assign a request", AssignInput, "held_by"))
async def assign(request: Request, request_id: str) -> Response:
    """Gives a request to a person or a team."""
    body = await read_model(request, AssignInput)
    assignee = Assignee(person=body.assignee.person, team=body.assignee.team)
    return await _act(request, request_id, Assign(assignee=assignee, reason=body.reason))


@router.post("/comment", **_does(Operation.COMMENT, "Comment on a request", CommentInput))
async def comment(request: Request, request_id: str) -> Response:
    """Says something about a request without deciding it."""
    body = await read_model(request, CommentInput)
    files = tuple(map(attachment_from, body.attachments or ()))
    return await _act(request, request_id, Comment(text=body.text, attachments=files))


@router.post("/extend", **_does(Operation.EXTEND, "Move the deadline", ExtendInput))
async def extend(request: Request, request_id: str) -> Response:
    """Moves the deadline of a request."""
    body = await read_model(request, ExtendInput)
    seconds = None if body.minutes is None else body.minutes * 60
    moved = Extend(seconds=seconds, deadline=body.timeout_at, reason=body.reason)
    return await _act(request, request_id, moved)


@router.post("/escalate", **_does(Operation.ESCALATE, "Escalate", ReasonInput, "limit_reached"))
async def escalate(request: Request, request_id: str) -> Response:
    """Climbs the request's ladder by one rung."""
    body = await read_model(request, ReasonInput)
    return await _act(request, request_id, Escalate(reason=body.reason))


@router.post(
    "/reprioritise", **_does(Operation.REPRIORITISE, "Change the priority", ReprioritiseInput)
)
async def reprioritise(request: Request, request_id: str) -> Response:
    """Changes the priority of a request."""
    body = await read_model(request, ReprioritiseInput)
    changed = Reprioritise(priority=Priority(body.priority), reason=body.reason)
    return await _act(request, request_id, changed)


@router.post("/cancel", **_does(Operation.CANCEL, "Withdraw a request", ReasonInput))
async def cancel(request: Request, request_id: str) -> Response:
    """Withdraws a request; nobody is asked any more."""
    body = await read_model(request, ReasonInput)
    return await _act(request, request_id, Cancel(reason=body.reason))
