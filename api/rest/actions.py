"""What one does with a request beside answering it: take, assign, extend, cancel and so on."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import call_about, key_of, request_id_in
from api.door import door_of
from api.identity.access import Operation
from api.rest.acting import ACTIONS, act, call_for
from api.rest.documents.requests import ActedDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.requests import ACTED
from api.rest.inputs import CommentInput, RedeemInput
from api.rest.spec import Described, Shown, described
from event_schemas.types import Comment, Redeem
from kernel.asking import files_of
from kernel.question import Input

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])
_closed = ("wrong_state", "already_decided", "late", "expired", "unknown")


async def _act(request: Request, request_id: str, word: str) -> Response:
    call = call_for(request, request_id, word, key_of(request))
    action = ACTIONS[word]
    command = action.command(await read_model(request, action.model))
    return (await act(request, call, command)).response(request.url.path)


def _declared(
    operation: Operation, summary: str, body: type[Input], problems: tuple[str, ...]
) -> Described:
    return described(
        operation,
        summary,
        Shown(ActedDocument, ACTED),
        body=Shown(body, BODIES[body]),
        commands=True,
        problems=(*_closed, *problems),
    )


def _does(word: str, summary: str, *problems: str) -> Described:
    return _declared(ACTIONS[word].operation, summary, ACTIONS[word].model, problems)


@router.post("/claim", **_does("claim", "Take a request", "held_by"))
async def claim(request: Request, request_id: str) -> Response:
    """Takes a request for oneself, for as long as its kind allows."""
    return await _act(request, request_id, "claim")


@router.post("/release", **_does("release", "Give a request back", "held_by"))
async def release(request: Request, request_id: str) -> Response:
    """Gives a request back to all who may answer it."""
    return await _act(request, request_id, "release")


@router.post("/start", **_does("start", "Begin to work", "held_by"))
async def start(request: Request, request_id: str) -> Response:
    """Says that one has begun to work on a request."""
    return await _act(request, request_id, "start")


@router.post("/assign", **_does("assign", "Assign a request", "held_by"))
async def assign(request: Request, request_id: str) -> Response:
    """Gives a request to a person or a team."""
    return await _act(request, request_id, "assign")


@router.post(
    "/comment", **_declared(Operation.COMMENT, "Comment on a request", CommentInput, ("invalid",))
)
async def comment(request: Request, request_id: str) -> Response:
    """Says something about a request without deciding it."""
    call = call_about(request, request_id_in(request_id))
    body = await read_model(request, CommentInput)
    door, tenant = door_of(request), call.principal.tenant
    files = await files_of(door.directory, tenant, body.attachments or ())
    commented = await act(request, call, Comment(text=body.text, attachments=files))
    return commented.response(request.url.path)


@router.post("/extend", **_does("extend", "Move the deadline"))
async def extend(request: Request, request_id: str) -> Response:
    """Moves the deadline of a request to a later one."""
    return await _act(request, request_id, "extend")


@router.post("/escalate", **_does("escalate", "Escalate", "limit_reached"))
async def escalate(request: Request, request_id: str) -> Response:
    """Climbs the request's ladder by one rung."""
    return await _act(request, request_id, "escalate")


@router.post("/reprioritise", **_does("reprioritise", "Change the priority"))
async def reprioritise(request: Request, request_id: str) -> Response:
    """Changes the priority of a request."""
    return await _act(request, request_id, "reprioritise")


@router.post("/cancel", **_does("cancel", "Withdraw a request"))
async def cancel(request: Request, request_id: str) -> Response:
    """Withdraws a request; nobody is asked any more."""
    return await _act(request, request_id, "cancel")


@router.post(
    "/redeem",
    **_declared(
        Operation.REDEEM, "Spend an approval", RedeemInput, ("spent", "stale_revision", "invalid")
    ),
)
async def redeem(request: Request, request_id: str) -> Response:
    """Spends an approval, once, for what was approved: call it right before doing that."""
    call = call_about(request, request_id_in(request_id))
    body = await read_model(request, RedeemInput)
    spender = body.spender or call.principal.id
    command = Redeem(content_hash=body.content_hash, spender=spender)
    return (await act(request, call, command)).response(request.url.path)
