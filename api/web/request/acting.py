"""What a person does with a request beside answering it: take, give, extend, comment and so on."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.calls import request_id_in
from api.door import door_of
from api.identity.access import Operation, admit
from api.problems import KINDS
from api.reading import find, find_newest
from api.rest.acting import ACTIONS
from api.rest.inputs import CommentInput
from api.sending import ask
from api.web.forms import read_form
from api.web.notices import Notice, notice_of_refusal
from api.web.people import names_of
from api.web.request.calling import call_of
from api.web.request.showing import Telling, show
from api.web.request.typed import Typed
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session, check_form
from event_schemas.types import CommandBody, Comment
from kernel.errors import Invalid, NotFound
from kernel.validation import flawed, validated

OFFERED = frozenset({"claim", "release", "start", "assign", "extend", "escalate", "reprioritise"})


async def act_on(request: Request, session: Session) -> Response:
    """Does it, and shows the request as it stands then, or why it was not done."""
    door, fields = door_of(request), await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    request_id = request_id_in(request.path_params["request_id"])
    word = request.path_params["word"]
    try:
        command = _command(session, word, fields)
    except Invalid as error:
        found = await find(door, session.person.tenant, request_id)
        notice = Notice("bad", f"That was not done: {_said(error)}.")
        return await show(
            request, session, found, _said_before(fields), Telling(notice=notice, status=422)
        )
    call = call_of(session, request_id, word, fields.get("attempt", ""))
    reply = await ask(door.commands, door.clock, call, command)
    if reply is None:
        return RedirectResponse(f"/requests/{request_id}?told=later", SEE_OTHER)
    if reply.refusal is None:
        version = 0 if reply.request is None else reply.request.version
        return RedirectResponse(f"/requests/{request_id}?told=done&version={version}", SEE_OTHER)
    refusal = reply.refusal
    found = await find_newest(door, session.person.tenant, request_id)
    parties = (refusal.winner.actor_id if refusal.winner else None, refusal.holder)
    names = await names_of(door.directory, session.person.tenant, parties)
    notice = notice_of_refusal(refusal, names, "That was not done.")
    status = KINDS[refusal.reason].status
    typed = _said_before(fields)
    return await show(request, session, found, typed, Telling(notice=notice, status=status))


def _command(session: Session, word: str, fields: Mapping[str, str]) -> CommandBody:
    if word == "comment":
        admit(session.person, Operation.COMMENT)
        body = validated(CommentInput, {"text": fields.get("text", "").strip()})
        return Comment(text=body.text)
    if word not in OFFERED:
        raise NotFound("There is no such page")
    action = ACTIONS[word]
    admit(session.person, action.operation)
    return action.command(validated(action.model, _body(session, word, fields)))


def _body(session: Session, word: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The body that a call of the API would have for what stands in the fields."""
    reason = fields.get("reason", "").strip()
    told: dict[str, Any] = {"reason": reason} if reason else {}
    match word:
        case "claim" | "start":
            return {}
        case "assign":
            person = fields.get("person", "")
            return told | {"assignee": {"person": session.person.id if person == "me" else person}}
        case "extend":
            minutes = fields.get("minutes", "")
            if not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 9):  # noqa: PLR2004
                raise flawed("/minutes", "a number of minutes is expected")
            return told | {"minutes": int(minutes)}
        case "reprioritise":
            return told | {"priority": fields.get("priority", "")}
        case _:
            return told


def _said_before(fields: Mapping[str, str]) -> Typed:
    """A comment to the asker that was not taken is kept as the comment of the answer."""
    return Typed(comment=fields.get("text", ""))


def _said(error: Invalid) -> str:
    return "; ".join(f"{flaw.pointer.strip('/')} {flaw.detail}".strip() for flaw in error.flaws)


PAGES: tuple[PageRoute, ...] = (
    page_for("POST", "/requests/{request_id}/do/{word}", Operation.READ, act_on),
)
