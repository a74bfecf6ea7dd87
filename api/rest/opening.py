"""A question comes in by POST and becomes a request, once for each idempotency key."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import call_about, caller_of, key_of
from api.door import FrontDoor, door_of
from api.errors import views_away
from api.identity.access import Operation
from api.problems import problem_of_refusal
from api.rest.documents.requests import OpenedDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.requests import OPENED
from api.rest.replies import REPLAYED, Told, told, told_problem
from api.rest.spec import Shown, described
from api.sending import Call, ask
from event_schemas.types import Open, Refusal, RefusalReason, Reply, RequestStatus, State
from kernel.asking import correlation_of, open_for
from kernel.ids import new_id, request_id_for
from kernel.question import Question
from kernel.telemetry import logger

log = logger()
router = APIRouter(tags=["requests"])
ROUTE = "POST /api/v1/requests"
"""Opening is one route, however a question comes in: the same key means the same request."""


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a request stands, as a reply or a view tells it."""

    state: State
    version: int
    created_at: datetime
    timeout_at: datetime | None


@router.post(
    "/api/v1/requests",
    **described(
        Operation.OPEN,
        "Ask a person",
        Shown(OpenedDocument, OPENED, 201),
        body=Shown(Question, BODIES[Question]),
        commands=True,
        problems=("key_reused", "too_large"),
    ),
)
async def open_request(request: Request) -> Response:
    """Puts a question to people. The same key with the same question is the same request."""
    key = key_of(request)
    question = await read_model(request, Question)
    return (await open_one(request, question, key)).response(request.url.path)


async def open_one(request: Request, question: Question, key: str | None) -> Told:
    """Opens a question that came in a call.

    Raises:
        Invalid: it can't be asked so.
        Unavailable: a part that is needed is away.
    """
    door, asker = door_of(request), caller_of(request)
    request_id = new_id() if key is None else request_id_for(asker.tenant, asker.id, key)
    opening = await open_for(door.directory, asker, question, request_id)
    call = replace(
        call_about(request, request_id, correlation_id=correlation_of(question)),
        route=ROUTE,
        key=key,
    )
    if key is not None and (before := await _opened_before(door, call, opening)):
        return before
    # With another question it is another command, so that the writer refuses it.
    call = replace(call, key=key and opening.fingerprint)
    reply = await ask(door.commands, door.clock, call, opening)
    return told(request_id, reply, partial(_opened, door, opening), 201)


async def _opened_before(door: FrontDoor, call: Call, opening: Open) -> Told | None:
    """The answer for a key that the views know: the writer forgets closed requests after a while.

    None where the key is new, or the views are away or behind: then the writer decides.
    """
    tenant = call.principal.tenant
    try:
        if await door.inbox.version_of(tenant, call.request_id) is None:
            return None
        found = await door.inbox.one(tenant, call.request_id)
        story = await door.history.history_of(tenant, call.request_id)
    except views_away as error:
        log.warning("keys can't be looked up", error=str(error))
        return None
    asked = next((told for told in story or () if told.event == "Requested"), None)
    if found is None or asked is None:
        return None
    if asked.data["fingerprint"] != opening.fingerprint:
        detail = "The same key was used before for another question."
        refusal = Refusal(reason=RefusalReason.KEY_REUSED, detail=detail, state=found.line.state)
        return told_problem(problem_of_refusal(refusal, call.request_id))
    line = found.line
    stood = Stood(line.state, line.version, line.created_at, line.timeout_at)
    document = _document(door, opening, line.id, stood)
    return Told(status=201, document=document, headers={REPLAYED: "true"})


def _opened(door: FrontDoor, opening: Open, reply: Reply, status: RequestStatus) -> dict[str, Any]:
    stood = Stood(status.state, status.version, status.created_at, status.deadline)
    return _document(door, opening, reply.request_id, stood)


def _document(door: FrontDoor, opening: Open, request_id: str, stood: Stood) -> dict[str, Any]:
    """The request as it stood once it was opened, also if it has gone on since."""
    auto = opening.auto_decision
    by_rule = auto is not None and not auto.shadow
    return {
        "id": request_id,
        "workflow_id": opening.workflow_id,
        "state": stood.state if by_rule else State.PENDING,
        "created_at": stood.created_at,
        "timeout_at": stood.timeout_at,
        "version": stood.version if by_rule else 1,
        "revision": 1,
        "content_hash": opening.content_hash,
        "url": door.url_of(request_id),
    }
