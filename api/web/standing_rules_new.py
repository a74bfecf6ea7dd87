"""Make a rule from an answer: which values must come again, and for how long it shall hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.calls import request_id_in
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.reading import find
from api.rest.rule_inputs import MAX_MATCHES, MAX_USES
from api.ruling import Terms, kind_for, make_rule, rule_from
from api.web.forms import read_form
from api.web.notices import Notice
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session, check_form
from kernel.directory.standing_rule import Mode
from kernel.errors import Invalid
from kernel.text import pointer, to_text
from projections.inbox.shown import RequestInFull

DAYS = {1: "1 day", 3: "3 days", 7: "1 week", 14: "2 weeks", 30: "30 days", 90: "90 days"}
USUAL_DAYS = 7
PLACE = "at."
MAX_COMMENT_CHARS = 1000
_max_digits = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of the answered question that later ones may have to repeat."""

    pointer: str
    value: str
    chosen: bool


async def show_new(request: Request, session: Session) -> Response:
    """The form for the request that `from` names, all of its values chosen."""
    door, answered = door_of(request), request.query_params.get("from", "")
    found = await find(door, session.person.tenant, request_id_in(answered))
    await kind_for(door, session.person, found.line.kind, found.line.principal_id)
    return _form(session, found, None, None)


async def take_new(request: Request, session: Session) -> Response:
    """Makes the rule; what was chosen is kept where it can't be made."""
    door, fields = door_of(request), await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    answered = request_id_in(fields.get("from", ""))
    try:
        await _make(request, door, session, answered, fields)
    except Invalid as error:
        found = await find(door, session.person.tenant, answered)
        said = "; ".join(flaw.detail for flaw in error.flaws) or str(error)
        notice = Notice("bad", f"The rule was not made: {said}.")
        return _form(session, found, fields, notice, error.status)
    return RedirectResponse("/rules?told=made", SEE_OTHER)


async def _make(
    request: Request, door: FrontDoor, session: Session, answered: str, fields: Mapping[str, str]
) -> None:
    places = [name.removeprefix(PLACE) for name in fields if name.startswith(PLACE)]
    if not places:
        raise Invalid("choose at least one value that must come again")
    if len(places) > MAX_MATCHES:
        raise Invalid(f"choose at most {MAX_MATCHES} values")
    days, uses = _number(fields.get("days", "")), _number(fields.get("max_uses", ""))
    if days not in DAYS or (uses is not None and not 0 < uses <= MAX_USES):
        raise Invalid("say for how long, and how often at most in a number above 0")
    terms = Terms(
        valid_until=door.clock() + timedelta(days=days),
        max_uses=uses,
        mode=Mode.SHADOW if fields.get("mode") == Mode.SHADOW else Mode.LIVE,
        comment=fields.get("comment", "").strip()[:MAX_COMMENT_CHARS],
    )
    given = await rule_from(door, session.person.tenant, answered, places, terms)
    deed = deed_of(request, "standing_rule.made", type=given.kind, decision=given.decision)
    await make_rule(door, session.person, given, deed)


def _number(text: str) -> int | None:
    digits = text.strip()
    known = digits.isascii() and digits.isdecimal() and len(digits) <= _max_digits
    return int(digits) if known else (None if not digits else 0)


def _form(
    session: Session,
    found: RequestInFull,
    typed: Mapping[str, str] | None,
    notice: Notice | None,
    status: int = 200,
) -> Response:
    line, response = found.line, found.line.response or {}
    fields = typed or {}
    values = {
        **frame(session),
        "id": line.id,
        "title": line.title,
        "kind": line.kind.replace("_", " "),
        "asker": line.requester_id,
        "principal": line.principal_id or "",
        "decision": str(response.get("decision", "")).replace("_", " "),
        "choices": choices_of(found.context, typed),
        "days": DAYS,
        "chosen_days": _number(fields.get("days", "")) or USUAL_DAYS,
        "max_uses": fields.get("max_uses", ""),
        "comment": fields.get("comment", response.get("comment") or ""),
        "shadow": fields.get("mode") == Mode.SHADOW,
        "notice": notice,
    }
    return page("standing_rule_new.html", values, status)


def choices_of(context: Any, typed: Mapping[str, str] | None) -> list[Choice]:
    """What is at the top of a context; a rule of all its values is the narrowest."""
    told = context if isinstance(context, dict) else {}
    found: list[Choice] = []
    for name in list(told)[:MAX_MATCHES]:
        place = pointer(name)
        chosen = typed is None or PLACE + place in typed
        found.append(Choice(pointer=place, value=to_text(told[name]), chosen=chosen))
    return found


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/rules/new", Operation.MAKE_RULES, show_new),
    page_for("POST", "/rules/new", Operation.MAKE_RULES, take_new),
)
