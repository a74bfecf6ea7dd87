"""A person looks and answers: the page of one request, and the form on it."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.answering import GivenAnswer, respond_command
from api.calls import request_id_in
from api.door import FrontDoor, door_of
from api.idempotency import MAX_CHARS
from api.identity.access import RULES, Operation
from api.problems import KINDS
from api.reading import find, find_current
from api.rest.inputs import MAX_TEXT_CHARS
from api.rest.shapes import happened_document, request_document
from api.sending import Call, ask
from api.web.answer_form import data_of
from api.web.forms import read_form
from api.web.notices import notice_of_flaws, notice_of_refusal, notice_told
from api.web.people import names_of
from api.web.rendering import page
from api.web.request_page import Notice, Typed, Viewer, page_of
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session, check_form
from event_schemas.types import Refusal
from kernel.errors import Invalid
from kernel.ids import new_id
from projections.inbox.shown import RequestInFull

DATA = "data."
MAX_DIGITS = 10
MAX_DECISION_CHARS = 100
_untyped = Typed(data={})


async def show_request(request: Request, session: Session) -> Response:
    """The page; behind an answer it shows what came of it."""
    door, asked = door_of(request), request.query_params
    version = asked.get("version", "")
    least = int(version) if version.isdecimal() and len(version) < MAX_DIGITS else 0
    request_id = request_id_in(request.path_params["request_id"])
    found = await find(door, session.person.tenant, request_id, min_version=least)
    return await _page(door, session, found, _untyped, notice=notice_told(asked.get("told", "")))


async def take_answer(request: Request, session: Session) -> Response:
    """Answers, and shows what came of it; what was typed is kept where it was not taken."""
    door, fields = door_of(request), await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    request_id = request_id_in(request.path_params["request_id"])
    found = await find(door, session.person.tenant, request_id)
    typed = _typed_in(fields)
    try:
        command = await respond_command(
            door, session.person.tenant, request_id, _given(fields, typed, found)
        )
    except Invalid as error:
        notice = notice_of_flaws(error)
        return await _page(door, session, found, typed, notice=notice, status=error.status)
    call = _call(session, request_id, fields.get("attempt", ""))
    reply = await ask(door.commands, door.clock, call, command)
    if reply is None:
        return RedirectResponse(f"/requests/{request_id}?told=later", SEE_OTHER)
    if reply.refusal is not None:
        return await _refused(door, session, request_id, typed, reply.refusal)
    version = 0 if reply.request is None else reply.request.version
    return RedirectResponse(f"/requests/{request_id}?told=taken&version={version}", SEE_OTHER)


async def _refused(
    door: FrontDoor, session: Session, request_id: str, typed: Typed, refusal: Refusal
) -> Response:
    found = await find_current(door, session.person.tenant, request_id)
    winner = refusal.winner.actor_id if refusal.winner else None
    names = await names_of(door.directory, session.person.tenant, (winner, refusal.holder))
    notice = notice_of_refusal(refusal, names)
    status = KINDS[refusal.reason].status
    return await _page(door, session, found, typed, notice=notice, status=status)


async def _page(
    door: FrontDoor,
    session: Session,
    found: RequestInFull,
    typed: Typed,
    *,
    notice: Notice | None,
    status: int = 200,
) -> Response:
    tenant = session.person.tenant
    document = request_document(found, door.url_of(found.line.id))
    story = await door.history.history_of(tenant, found.line.id)
    history = [happened_document(told) for told in story or ()]
    assignee: Mapping[str, Any] = document["assigned_to"] or {}
    parties = [entry["actor"]["id"] for entry in history]
    parties += [document["requester"], document["responded_by"], assignee.get("person")]
    viewer = Viewer(
        now=door.clock(),
        names=await names_of(door.directory, tenant, parties),
        may_answer=RULES[Operation.RESPOND].admits(session.person),
        attempt=new_id(),
        typed=typed,
        notice=notice,
    )
    values = {**frame(session), "page": page_of(document, history, viewer)}
    return page("request.html", values, status)


def _typed_in(fields: Mapping[str, str]) -> Typed:
    data = {n.removeprefix(DATA): v for n, v in fields.items() if n.startswith(DATA)}
    return Typed(comment=fields.get("comment", ""), data=data)


def _given(fields: Mapping[str, str], typed: Typed, found: RequestInFull) -> GivenAnswer:
    """The answer that a form gives, bound to the revision that its page showed."""
    revision = fields.get("revision", "")
    return GivenAnswer(
        decision=fields.get("decision", "")[:MAX_DECISION_CHARS],
        comment=typed.comment.strip()[:MAX_TEXT_CHARS] or None,
        data=data_of(found.form, typed.data),
        revision=int(revision) if revision.isdecimal() and len(revision) < MAX_DIGITS else 0,
        content_hash=fields.get("content_hash", ""),
    )


def _call(session: Session, request_id: str, attempt: str) -> Call:
    key = attempt[:MAX_CHARS] or None
    return Call(
        principal=session.person,
        request_id=request_id,
        route="POST /requests/{request_id}/respond",
        channel="web",
        key=key,
    )


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/requests/{request_id}", Operation.READ, show_request),
    page_for("POST", "/requests/{request_id}/respond", Operation.RESPOND, take_answer),
)
