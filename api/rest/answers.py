"""POST …/respond: a person answers, or asks for changes; and …/revise: the asker changes it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answering import GivenAnswer, respond_command
from api.bodies import read_model
from api.calls import call_about, caller_of, request_id_in
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.reading import find_current
from api.rest import examples
from api.rest.documents.requests import ActedDocument, RespondedDocument
from api.rest.inputs import RespondInput
from api.rest.replies import acted, told
from api.rest.spec import Shown, described
from api.sending import Call, ask
from event_schemas.types import Attachment, DecisionOption, Reply, RequestStatus
from kernel.content import Content, attachment_from, revise_command
from kernel.question import Revision
from projections.inbox.shown import RequestInFull

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])


@router.post(
    "/respond",
    **described(
        Operation.RESPOND,
        "Answer a request",
        Shown(RespondedDocument, examples.RESPONDED),
        body=Shown(RespondInput, examples.BODIES[RespondInput]),
        commands=True,
        problems=(
            *("already_decided", "late", "stale_revision", "held_by", "wrong_state"),
            *("revisions_exhausted", "expired", "unknown"),
        ),
    ),
)
async def respond(request: Request, request_id: str) -> Response:
    """Answers a request. Who comes second is told who was first."""
    door, responder = door_of(request), caller_of(request)
    call = call_about(request, request_id_in(request_id))
    body = await read_model(request, RespondInput)
    given = GivenAnswer(
        decision=body.decision,
        comment=body.comment,
        data=body.data,
        edited=body.edited,
        attachments=tuple(map(attachment_from, body.attachments or ())),
        revision=body.revision,
        content_hash=body.content_hash,
    )
    command = await respond_command(door, responder.tenant, call.request_id, given)
    reply = await ask(door.commands, door.clock, call, command)
    given_now = {
        "decision": command.decision,
        "comment": command.comment,
        "responder_id": responder.id,
        "responded_at": None if reply is None else reply.at,
    }
    repeated = reply is not None and reply.repeated
    taken = await _taken_before(door, call) if repeated else None
    return told(request, call.request_id, reply, partial(_responded, taken or given_now))


async def _taken_before(door: FrontDoor, call: Call) -> Mapping[str, Any] | None:
    """The answer that this call gave when it was made first; None where history is behind."""
    story = await door.history.history_of(call.principal.tenant, call.request_id)
    given = (
        told.data.get("response") for told in story or () if told.command_id == call.command_id
    )
    return next(filter(None, given), None)


def _responded(response: Mapping[str, Any], reply: Reply, status: RequestStatus) -> dict[str, Any]:
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
        Shown(ActedDocument, examples.ACTED),
        body=Shown(Revision, examples.BODIES[Revision]),
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
    command = revise_command(revision, _content(current))
    reply = await ask(door.commands, door.clock, call, command)
    return told(request, call.request_id, reply, acted)


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
