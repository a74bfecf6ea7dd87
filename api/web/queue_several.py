"""One thing for several requests of the queue: confirmed, done, and told item by item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.door import FrontDoor, door_of
from api.idempotency import MAX_CHARS
from api.identity.access import Operation
from api.reading import come_up
from api.rest.bulk import ItemOutcome, done_to_all
from api.rest.several_inputs import MAX_ITEMS, BulkInput
from api.web.forms import read_form
from api.web.queue_choices import Choice, assignable, choices_of
from api.web.queue_query import number_in, query_of_text
from api.web.refused import names_in, told_to_people
from api.web.rendering import page
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session, check_form
from event_schemas.types import Priority
from kernel.errors import Invalid
from kernel.validation import validated
from projections.inbox.feed import lines_of
from projections.inbox.glance import glances

ITEM = "item."
SHOWN = 8
VERBS = {
    "claim": ("Claim", "claimed"),
    "release": ("Release", "released"),
    "assign": ("Assign", "assigned"),
    "reprioritise": ("Change", "changed"),
    "respond": ("Decide", "decided"),
}
_accepted = 202


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request: a word in a tone, and why where it was not done."""

    title: str
    word: str
    tone: str
    detail: str


async def take_several(request: Request, session: Session) -> Response:
    """Asks whether it is meant; what comes back from there is done."""
    fields = await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    action = fields.get("action", "")
    items = _items(fields)
    if action not in VERBS or not items:
        return _sheet(
            session, fields, heading="Nothing is selected", problem="Select requests first."
        )
    if fields.get("sure") != "1":
        return await _ask(request, session, fields, items)
    body = _body(action, fields)
    if body is None:
        return await _ask(request, session, fields, items, "Choose what to do first.")
    try:
        bulk = validated(BulkInput, {"action": action, "body": body, "items": items})
        key = fields.get("attempt", "")[:MAX_CHARS] or None
        done = await done_to_all(request, bulk, key=key, channel="web")
    except Invalid as error:
        return await _ask(request, session, fields, items, str(error))
    versions = {one.request_id: (one.told.document or {}).get("version", 0) for one in done}
    await come_up(door_of(request), session.person.tenant, versions)
    titles = await _titles(door_of(request), session.person.tenant, items)
    problems = [one.told.problem for one in done]
    names = await names_in(door_of(request), session.person.tenant, problems)
    outcomes = [_outcome(one, titles, VERBS[action][1], names) for one in done]
    taken = sum(one.tone == "good" for one in outcomes)
    heading = f"{taken} of {len(outcomes)} {VERBS[action][1]}"
    return _sheet(session, fields, heading=heading, outcomes=outcomes)


async def _ask(
    request: Request,
    session: Session,
    fields: Mapping[str, str],
    items: Sequence[Mapping[str, Any]],
    problem: str = "",
) -> Response:
    door, person, action = door_of(request), session.person, fields["action"]
    titles = await _titles(door, person.tenant, items)
    choices: Sequence[Choice] = ()
    if action == "respond":
        seen = await glances(door.pool, person.tenant, [item["id"] for item in items])
        choices = choices_of([seen.get(item["id"]) for item in items])
    people = await assignable(door, person.tenant) if action == "assign" else None
    number = f"{len(items)} request{'' if len(items) == 1 else 's'}"
    return _sheet(
        session,
        fields,
        heading=f"{VERBS[action][0]} {number}?",
        problem=problem,
        items=items,
        titles=[titles.get(item["id"], item["id"]) for item in items[:SHOWN]],
        further=len(items) - SHOWN if len(items) > SHOWN else 0,
        verb=VERBS[action][0],
        decisions=choices,
        comment_hint=_comment_hint(choices),
        assignable=people,
        priorities=tuple(Priority),
    )


def _sheet(session: Session, fields: Mapping[str, str], **shown: Any) -> Response:
    values = {
        **frame(session),
        "problem": "",
        "action": fields.get("action", ""),
        "back": query_of_text(fields.get("back", "")).text(),
        "attempt": fields.get("attempt", ""),
        "comment": fields.get("comment", ""),
        "items": (),
        "titles": (),
        "further": 0,
        "decisions": (),
        **shown,
    }
    return page("several.html", values, 422 if values["problem"] else 200)


def _items(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """The requests that were picked, with the revisions that were looked at."""
    picked = [(n.removeprefix(ITEM), v) for n, v in fields.items() if n.startswith(ITEM)]
    return [{"id": one, "revision": number_in(text)} for one, text in picked[:MAX_ITEMS]]


def _body(action: str, fields: Mapping[str, str]) -> dict[str, Any] | None:
    """The body that the call has; None where what it needs was not chosen."""
    match action:
        case "assign":
            kind, _, name = fields.get("to", "").partition(":")
            return {"assignee": {kind: name}} if kind in ("person", "team") and name else None
        case "reprioritise":
            return {"priority": fields.get("priority", "")}
        case "respond":
            decision, comment = fields.get("decision", ""), fields.get("comment", "").strip()
            return {"decision": decision, "comment": comment or None} if decision else None
        case _:
            return {}


def _outcome(
    done: ItemOutcome, titles: Mapping[str, str], word: str, names: Mapping[str, str]
) -> Outcome:
    title, told = titles.get(done.request_id, done.request_id), done.told
    if told.problem is not None:
        return Outcome(title, "not done", "bad", told_to_people(told.problem, names))
    if told.status == _accepted:
        return Outcome(title, "under way", "warn", "It is recorded; what comes of it shows soon.")
    return Outcome(title, word, "good", "")


async def _titles(
    door: FrontDoor, tenant: str, items: Sequence[Mapping[str, Any]]
) -> Mapping[str, str]:
    lines = await lines_of(door.pool, tenant, [item["id"] for item in items])
    return {one: line.title for one, line in lines.items()}


def _comment_hint(choices: Sequence[Choice]) -> str:
    labels = [choice.label for choice in choices if choice.needs_comment]
    if not labels:
        return ""
    return f"{' and '.join(labels)} {'needs' if len(labels) == 1 else 'need'} a comment."


PAGES: tuple[PageRoute, ...] = (page_for("POST", "/queue/several", Operation.BULK, take_several),)
