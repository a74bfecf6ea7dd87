"""A person looks and answers: the page of one request, and the form on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.answering import GivenAnswer, respond_command
from api.calls import request_id_in
from api.door import FrontDoor, door_of
from api.errors import Behind, BodyTooLarge, MediaType, TooSlow, views_away
from api.identity.access import Operation
from api.problems import KINDS
from api.reading import find, find_newest
from api.rest.inputs import MAX_TEXT_CHARS
from api.sending import ask
from api.web.forms import read_filled
from api.web.notices import (
    Notice,
    notice_of_fields,
    notice_of_flaws,
    notice_of_next,
    notice_of_refusal,
    notice_told,
)
from api.web.people import names_of
from api.web.request import acting, looking, redrawing, share_pages
from api.web.request.calling import call_of
from api.web.request.checking import Checked, checked
from api.web.request.form_data import told_flaws
from api.web.request.neighbours import next_waiting
from api.web.request.putting_in import put_in
from api.web.request.seen import seen_in
from api.web.request.showing import Telling, page_key, show
from api.web.request.typed import Typed, typed_in
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session, check_form
from event_schemas.types import Refusal
from kernel.directory.principals import Principal
from kernel.errors import Invalid, Unavailable
from kernel.question import GivenAttachment
from projections.inbox.shown import RequestInFull

MAX_DIGITS = 10
MAX_DECISION_CHARS = 100
_not_put_in = (MediaType, BodyTooLarge, TooSlow, Invalid)


async def show_request(request: Request, session: Session) -> Response:
    """The page; behind an answer it shows what came of it."""
    door, asked = door_of(request), request.query_params
    version = asked.get("version", "")
    least = int(version) if version.isdecimal() and len(version) < MAX_DIGITS else 0
    request_id = request_id_in(request.path_params["request_id"])
    notice = notice_told(asked.get("told", ""))
    if asked.get("told") == "next":
        notice = notice_of_next(request_id_in(asked.get("after", "")))
    try:
        found = await find(door, session.person.tenant, request_id, min_version=least)
    except Behind as behind:
        # What came of an answer is known, also while the request can't be shown as it is now.
        raise Behind(f"{notice.text} {behind}" if notice else str(behind)) from None
    return await show(request, session, found, Typed(), Telling(notice=notice))


async def take_answer(request: Request, session: Session) -> Response:
    """Answers, and shows the next request; what was typed is kept where it was not taken."""
    door, filled = door_of(request), await read_filled(request)
    fields = filled.fields
    check_form(request, session.token, fields.get("csrf", ""))
    request_id = request_id_in(request.path_params["request_id"])
    found = await find(door, session.person.tenant, request_id)
    typed = typed_in(fields).compact()
    try:
        files = await put_in(door, session.person, filled.files)
    except _not_put_in as error:
        notice = Notice("bad", f"A file could not be put in: {error}")
        telling = Telling(notice=notice, status=error.status)
        return await show(request, session, found, typed, telling)
    typed = replace(typed, files=(*typed.files, *files))
    ready = checked(found, fields, typed)
    if ready.telling is not None:
        return await show(request, session, found, typed, ready.telling)
    # What the page showed goes with the answer into the log.
    seen = seen_in(fields, page_key(door), session.person.id, request_id, door.clock())
    given = replace(_given(fields, typed, ready), seen=seen)
    answer = _Answer(typed, given, fields.get("attempt", ""))
    return await _send(request, session, found, answer)


async def _send(
    request: Request, session: Session, found: RequestInFull, answer: "_Answer"
) -> Response:
    door, tenant, request_id = door_of(request), session.person.tenant, found.line.id
    try:
        command = await respond_command(door, tenant, request_id, answer.given)
    except Invalid as error:
        flaws = told_flaws(error.flaws)
        notice = notice_of_fields(flaws) if flaws else notice_of_flaws(error)
        telling = Telling(notice=notice, flaws=flaws, status=error.status)
        return await show(request, session, found, answer.typed, telling)
    call = call_of(session, request_id, "respond", answer.attempt)
    reply = await ask(door.commands, door.clock, call, command)
    if reply is None:
        return RedirectResponse(f"/requests/{request_id}?told=later", SEE_OTHER)
    if reply.refusal is not None:
        return await _refused(request, session, request_id, answer.typed, reply.refusal)
    version = 0 if reply.request is None else reply.request.version
    following = await _following(door, session.person, request_id, version)
    if following is not None:
        return RedirectResponse(f"/requests/{following}?told=next&after={request_id}", SEE_OTHER)
    return RedirectResponse(f"/requests/{request_id}?told=taken&version={version}", SEE_OTHER)


async def _following(door: FrontDoor, person: Principal, answered: str, version: int) -> str | None:
    """The request that follows; None where that can't be told.

    A queue that has not this answer yet may lack those before it, too, and would ask them again.
    """
    try:
        await find(door, person.tenant, answered, min_version=version)
        return await next_waiting(door, person, answered)
    except (Unavailable, *views_away):
        return None


async def _refused(
    request: Request, session: Session, request_id: str, typed: Typed, refusal: Refusal
) -> Response:
    door, tenant = door_of(request), session.person.tenant
    found = await find_newest(door, tenant, request_id)
    winner = refusal.winner.actor_id if refusal.winner else None
    names = await names_of(door.directory, tenant, (winner, refusal.holder))
    notice = notice_of_refusal(refusal, names)
    telling = Telling(notice=notice, status=KINDS[refusal.reason].status)
    return await show(request, session, found, typed, telling)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is ready to be sent, and what it was typed as."""

    typed: Typed
    given: GivenAnswer
    attempt: str


def _given(fields: Mapping[str, str], typed: Typed, ready: Checked) -> GivenAnswer:
    """The answer that a form gives, bound to the revision that its page showed."""
    revision = fields.get("revision", "")
    return GivenAnswer(
        decision=fields.get("decision", "")[:MAX_DECISION_CHARS],
        comment=typed.comment.strip()[:MAX_TEXT_CHARS] or None,
        data=ready.data,
        edited=ready.edited,
        attachments=tuple(GivenAttachment(id=one) for one in typed.files),
        revision=int(revision) if revision.isdecimal() and len(revision) < MAX_DIGITS else 0,
        content_hash=fields.get("content_hash", ""),
    )


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/requests/{request_id}", Operation.READ, show_request),
    page_for("POST", "/requests/{request_id}/respond", Operation.RESPOND, take_answer),
    *redrawing.PAGES,
    *acting.PAGES,
    *looking.PAGES,
    *share_pages.PAGES,
)
