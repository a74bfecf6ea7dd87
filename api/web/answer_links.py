"""A person answers by a link in a message: GET shows the question, only their POST decides.

Whoever has the link is taken for the person it was sent to, for this one request and revision and
nothing else. A first POST asks whether they are sure, a second decides: programs that fill in forms
have to do so twice.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.answering import GivenAnswer, respond_command
from api.door import FrontDoor, door_of
from api.entering import enter
from api.errors import views_away
from api.identity.access import Operation
from api.problems import KINDS
from api.reading import come_up, find_current, find_revision
from api.rest.inputs import MAX_TEXT_CHARS
from api.sending import Call, ask
from api.step_up import needs_sign_in
from api.web import link_ends
from api.web.forms import read_form
from api.web.link_ends import Ended
from api.web.link_question import question_for
from api.web.link_readers import looks_like_a_person
from api.web.notices import Notice, notice_of_flaws, notice_of_refusal
from api.web.people import names_of
from api.web.rendering import page
from api.web.request.seen import seen_in
from api.web.request.showing import page_key, wish_of
from api.web.routing import SEE_OTHER, PageRoute, frame, open_page
from api.web.session import check_form, csrf_of
from event_schemas.types import Refusal, RefusalReason
from kernel.directory.answer_links import AnswerLink
from kernel.directory.principals import Auth, Principal
from kernel.errors import Invalid, NotFound, Unavailable
from kernel.outbound.receipts import set_clicked
from projections.inbox.shown import RequestInFull

CHANNEL = "email"
MAX_DECISION_CHARS = 100
_mendable = frozenset({RefusalReason.INVALID})


@dataclass(frozen=True, slots=True)
class _Held:
    """A link that is good: whose it is and the request that it is about."""

    link: AnswerLink
    person: Principal
    found: RequestInFull


async def show_link(request: Request) -> Response:
    """The question, or why it can't be answered by this link."""
    held = await _held(request)
    if isinstance(held, Response):
        return held
    door = door_of(request)
    if looks_like_a_person(request.method, request.headers):
        with suppress(Unavailable):
            await set_clicked(door.pool, held.link.delivery_id)
    return await _question(request, held)


async def take_link_answer(request: Request) -> Response:
    """Asks whether they are sure, and then decides."""
    fields = await read_form(request)
    check_form(request, request.path_params["token"], fields.get("csrf", ""))
    held = await _held(request)
    if isinstance(held, Response):
        return held
    option = next((d for d in held.found.decisions if d["name"] == fields.get("decision")), None)
    if option is None:
        return await _question(request, held, notice=Notice("bad", "Choose a decision."))
    comment = fields.get("comment", "").strip()
    if option["needs_comment"] and not comment:
        told = Notice("bad", f"{option['label']} needs a comment.")
        return await _question(request, held, notice=told)
    if fields.get("sure") != "yes":
        return _sure(request, held, option["label"], fields)
    return await _decide(request, held, fields, comment)


async def _held(request: Request) -> _Held | Response:
    """The link, or the page that says why it is good for nothing."""
    door, token = door_of(request), request.path_params["token"]
    link = await door.directory.answer_links.find(token)
    if link is None:
        return _ended(link_ends.UNKNOWN)
    known = await door.directory.people.get(link.tenant, link.person)
    if known is None or not known.is_active:
        return _ended(link_ends.NO_PERSON)
    person = known.principal(Auth.ANSWER_LINK)
    enter(request, person, Operation.READ)
    try:
        found = await find_revision(door, link.tenant, link.request_id, link.revision)
    except NotFound:
        return _ended(link_ends.UNKNOWN)
    why = await _why_ended(door, link, found)
    return _Held(link, person, found) if why is None else _ended(why, link.request_id)


async def _why_ended(door: FrontDoor, link: AnswerLink, found: RequestInFull) -> Ended | None:
    line = found.line
    if link.used_at is not None:
        voting = line.open and line.votes_needed > 1
        return link_ends.used(await _outcome(door, found), still_open=voting)
    if not line.open:
        return link_ends.closed(await _outcome(door, found))
    if link.expires_at <= door.clock():
        return link_ends.EXPIRED
    if line.revision != link.revision:
        return link_ends.CHANGED
    return link_ends.SIGN_IN if await needs_sign_in(door, found) else None


async def _outcome(door: FrontDoor, found: RequestInFull) -> str:
    line = found.line
    if line.responded_by is None or line.response is None:
        return "" if line.outcome is None else f"It was {line.outcome.replace('_', ' ')}."
    names = await names_of(door.directory, line.tenant, (line.responded_by,))
    who = names.get(line.responded_by, line.responded_by)
    return f"{who} decided: {str(line.response['decision']).replace('_', ' ')}."


async def _decide(
    request: Request, held: _Held, fields: Mapping[str, str], comment: str
) -> Response:
    door, link, token = door_of(request), held.link, request.path_params["token"]
    seen = seen_in(fields, page_key(door), held.person.id, link.request_id, door.clock())
    given = GivenAnswer(
        decision=fields["decision"][:MAX_DECISION_CHARS],
        comment=comment[:MAX_TEXT_CHARS] or None,
        revision=link.revision,
        content_hash=held.found.line.content_hash,
        seen=seen,
    )
    enter(request, held.person, Operation.RESPOND)
    try:
        command = await respond_command(door, link.tenant, link.request_id, given)
    except Invalid as error:
        return await _question(request, held, comment, notice_of_flaws(error))
    reply = await ask(door.commands, door.clock, _call(held, token), command)
    if reply is None:
        return _ended(link_ends.LATER, link.request_id)
    if reply.refusal is not None:
        await door.directory.answer_links.turned_down(token, link)
        return await _refused(request, held, comment, reply.refusal)
    await door.directory.answer_links.spend(token, link)
    # The page behind the answer tells how the request stands; where the view lags, without it.
    version = 0 if reply.request is None else reply.request.version
    await come_up(door, link.tenant, {link.request_id: version})
    return RedirectResponse(f"/a/{token}", SEE_OTHER)


def _call(held: _Held, token: str) -> Call:
    """Each try is one command, whatever is sent twice; the writer says what came of it."""
    tried = f"{token} {held.link.refused}"
    return Call(
        principal=held.person,
        request_id=held.link.request_id,
        route="POST /a/{token}",
        channel=CHANNEL,
        key=hashlib.sha256(tried.encode()).hexdigest(),
    )


async def _refused(request: Request, held: _Held, comment: str, refusal: Refusal) -> Response:
    door, tenant = door_of(request), held.link.tenant
    winner = refusal.winner.actor_id if refusal.winner else None
    names = await names_of(door.directory, tenant, (winner, refusal.holder))
    notice = notice_of_refusal(refusal, names)
    if refusal.reason in _mendable:
        return await _question(request, held, comment, notice)
    # Who opens the link again sees what stood in the way, too; where the view lags, a little later.
    with suppress(Unavailable, *views_away):
        await find_current(door, tenant, held.link.request_id)
    words = notice_of_refusal(refusal, names, "").text.strip()
    ended = link_ends.not_taken(words, KINDS[refusal.reason].status)
    return _ended(ended, held.link.request_id)


async def _question(
    request: Request, held: _Held, comment: str = "", notice: Notice | None = None
) -> Response:
    question = await question_for(
        door_of(request), held.person, held.found, comment=comment, wish=wish_of(request)
    )
    values = {**_frame(request, held), **question.values(), "notice": notice}
    return page("answer_link.html", values, 200 if notice is None else 422)


def _sure(request: Request, held: _Held, label: str, fields: Mapping[str, str]) -> Response:
    kept = {name: text for name, text in fields.items() if name not in ("csrf", "sure")}
    values = {
        **_frame(request, held),
        "title": held.found.line.title,
        "label": label,
        "comment": fields.get("comment", ""),
        "kept": kept,
    }
    return page("answer_link_sure.html", values)


def _frame(request: Request, held: _Held) -> dict[str, object]:
    token = request.path_params["token"]
    return {
        **frame(None),
        "csrf": csrf_of(token),
        "address": f"/a/{token}",
        "who": held.person.name,
        "until": held.link.expires_at,
    }


def _ended(ended: Ended, request_id: str = "") -> Response:
    values = {**frame(None), "ended": ended, "request_id": request_id if ended.page else ""}
    return page("answer_link_ended.html", values, ended.status)


PAGES: tuple[PageRoute, ...] = (
    open_page("GET", "/a/{token}", show_link),
    open_page("POST", "/a/{token}", take_link_answer),
)
