"""POST …/respond: a person answers, or asks for changes; and …/revise: the asker changes it."""

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answering import GivenAnswer, respond_command
from api.bodies import read_model
from api.calls import call_about, caller_of, request_id_in
from api.door import FrontDoor, door_of
from api.errors import views_away
from api.identity.access import Operation
from api.reading import find_current, happened
from api.rest.documents.requests import ActedDocument, RespondedDocument
from api.rest.examples.bodies import BODIES
from api.rest.examples.requests import ACTED, RESPONDED
from api.rest.inputs import RespondInput
from api.rest.replies import acted, told
from api.rest.spec import Shown, described
from api.sending import Call, ask
from event_schemas.types import Attachment, DecisionOption, Reply, RequestStatus
from kernel.asking import files_of
from kernel.content import Content, revise_command
from kernel.question import Revision
from projections.history.queries import Happening
from projections.inbox.shown import RequestInFull

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])


@router.post(
    "/respond",
    **described(
        Operation.RESPOND,
        "Answer a request",
        Shown(RespondedDocument, RESPONDED),
        body=Shown(RespondInput, BODIES[RespondInput]),
        commands=True,
        problems=(
            *("already_decided", "late", "stale_revision", "held_by", "wrong_state"),
            *("not_seen", "revisions_exhausted", "expired", "unknown"),
        ),
    ),
)
async def respond(request: Request, request_id: str) -> Response:
    """Answers a request. Who comes second is told who was first."""
    door, responder = door_of(request), caller_of(request)
    call = call_about(request, request_id_in(request_id))
    given = given_answer(await read_model(request, RespondInput))
    command = await respond_command(door, responder.tenant, call.request_id, given)
    reply = await ask(door.commands, door.clock, call, command)
    response = {
        "decision": command.decision,
        "comment": command.comment,
        "responder_id": responder.id,
        "responded_at": None if reply is None else reply.at,
    }
    if reply is not None and reply.repeated:
        response = await _given_before(door, call) or response
    outcome = told(call.request_id, reply, partial(_responded, response))
    return outcome.response(request.url.path)


def given_answer(body: RespondInput) -> GivenAnswer:
    """The answer in a body."""
    return GivenAnswer(
        decision=body.decision,
        comment=body.comment,
        data=body.data,
        edited=body.edited,
        attachments=tuple(body.attachments or ()),
        revision=body.revision,
        content_hash=body.content_hash,
        seen=None if body.seen is None else body.seen.claimed(),
    )


async def _given_before(door: FrontDoor, call: Call) -> dict[str, Any] | None:
    """The answer that this call gave when it came first; None where history can't tell yet."""
    tenant, request_id = call.principal.tenant, call.request_id

    def is_it(told: Happening) -> bool:
        return told.command_id == call.command_id and "response" in told.data

    try:
        told = await happened(door, tenant, request_id, is_it)
    except views_away:
        return None
    return None if told is None else told.data["response"]


def _responded(response: dict[str, Any], reply: Reply, status: RequestStatus) -> dict[str, Any]:
    names = ("decision", "comment", "responder_id", "responded_at")
    return {
        "id": reply.request_id,
        "state": status.state,
        "version": status.version,
        "response": {name: response[name] for name in names},
    }


@router.post(
    "/revise",
    **described(
        Operation.REVISE,
        "Change the question",
        Shown(ActedDocument, ACTED),
        body=Shown(Revision, BODIES[Revision]),
        commands=True,
        problems=("wrong_state", "late", "revisions_exhausted", "expired", "unknown"),
    ),
)
async def revise(request: Request, request_id: str) -> Response:
    """Puts a changed question after changes were requested; what is left out stays as it is."""
    door = door_of(request)
    call = call_about(request, request_id_in(request_id))
    revision = await read_model(request, Revision)
    current = await find_current(door, call.principal.tenant, call.request_id)
    files = await files_of(door.directory, call.principal.tenant, revision.attachments or ())
    command = revise_command(revision, _content(current), files)
    reply = await ask(door.commands, door.clock, call, command)
    return told(call.request_id, reply, acted).response(request.url.path)


def _content(found: RequestInFull) -> Content:
    return Content(
        kind=found.line.kind,
        title=found.line.title,
        description=found.description,
        context=found.context,
        form=found.form,
        decisions=tuple(DecisionOption.from_record(dict(d)) for d in found.decisions),
        attachments=tuple(Attachment.from_record(dict(a)) for a in found.attachments),
    )
