"""The simulator: who would be told of a question, when and how, if nobody answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.simulating import foretold, question_of
from api.simulating.asking import Simulated
from api.simulating.simulator import Hearing, Step
from api.simulating.words import ending, sentence
from api.web.rendering import page
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session
from api.web.time_words import span
from event_schemas.types import Escalated, Priority, TimedOut
from kernel.errors import Invalid

SHOWN_AT_ONCE = 6
MAX_CHARS = 255
FIELDS = ("type", "priority", "at", "asker", "principal_id")
_unnamed = {"queue": "everybody who looks at the queue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Those who are told on one channel; `more` are too many to name."""

    channel: str
    people: Sequence[str]
    more: int
    late: str
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event on the page; `after` is the time since the opening."""

    at: str
    day: str
    after: str
    says: str
    tone: str
    told: Sequence[Group]


async def show_simulator(request: Request, session: Session) -> Response:
    """The page: a form, and below it the course of what it describes."""
    door, caller = door_of(request), session.person
    given = {name: request.query_params.get(name, "")[:MAX_CHARS] for name in FIELDS}
    kinds = await door.directory.kinds.every(caller.tenant)
    values: dict[str, Any] = {
        **frame(session),
        "kinds": [(kind.name, kind.title) for kind in kinds],
        "priorities": [word.value for word in Priority],
        "given": given,
        "moments": (),
        "flaws": (),
        "end": "",
        "facts": "",
    }
    if given["type"]:
        values |= await _course(request, session, given)
    return page("simulator.html", values)


async def _course(request: Request, session: Session, given: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = await foretold(
            request,
            session.person,
            question_of(given["type"], given["priority"], given["principal_id"]),
            asker=given["asker"] or None,
            at=_moment(given["at"]),
        )
    except Invalid as error:
        return {"flaws": [flaw.detail for flaw in error.flaws] or [str(error)]}
    simulation = found.simulation
    if simulation.refusal is not None:
        return {"flaws": [simulation.refusal.detail]}
    return {
        "moments": [_shown(step, found) for step in simulation.steps],
        "end": ending(simulation.outcome, cut=simulation.cut),
        "facts": _facts(found),
    }


def _facts(found: Simulated) -> str:
    business = found.question.policy.business
    by = "every second counts" if business is None else f"by the calendar {business.calendar}"
    return f"{found.question.kind.replace('_', ' ')}, {found.question.priority} priority, {by}"


def _shown(step: Step, found: Simulated) -> Moment:
    at, event = step.envelope.timestamp, step.envelope.data
    after = at - found.at
    tone = "bad" if isinstance(event, TimedOut) else "warn" if isinstance(event, Escalated) else ""
    return Moment(
        at=f"{at:%H:%M:%S}",
        day=f"{at:%a %d %b}",
        after=f"+{span(after)}" if after > timedelta(0) else "at once",
        says=sentence(step.envelope, found.names),
        tone=tone,
        told=_groups(step.told, found, at),
    )


def _groups(told: Sequence[Hearing], found: Simulated, at: datetime) -> list[Group]:
    by_way: dict[tuple[str, str, str | None], list[str]] = {}
    for one in told:
        unnamed = "nobody" if one.target == one.channel else _unnamed.get(one.target, one.target)
        name = found.names.get(one.person or "") or unnamed
        by_way.setdefault((one.channel, _late(one, at), one.error), []).append(name)
    return [
        Group(
            channel=channel,
            people=sorted(names)[:SHOWN_AT_ONCE],
            more=max(len(names) - SHOWN_AT_ONCE, 0),
            late=late,
            error=error,
        )
        for (channel, late, error), names in by_way.items()
    ]


def _late(one: Hearing, at: datetime) -> str:
    if one.in_reserve:
        return "only if the first way fails"
    if one.at is None or one.at <= at:
        return ""
    return f"{'in a summary ' if one.in_summary else ''}at {one.at:%d %b %H:%M} UTC"


def _moment(text: str) -> datetime | None:
    """What the form's field says, by UTC; None where it is empty.

    Raises:
        Invalid: it is no moment.
    """
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("the time is none; leave it empty for now") from None
    return given if given.tzinfo is not None else given.replace(tzinfo=UTC)


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/simulator", Operation.SIMULATE, show_simulator),)
