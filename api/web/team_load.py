"""Team load: who has how much to do, and how much each has decided; for leads and admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.web.rendering import page
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session
from api.web.time_words import span
from kernel.directory.person import Person
from projections.history.deeds import Decided, decided_by
from projections.inbox.load import Held, held_by

DAY, WEEK, SOON = timedelta(days=1), timedelta(days=7), timedelta(hours=1)
_none = Decided(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One person's or team's share of the work; `oldest` is how long the oldest has waited."""

    name: str
    teams: str
    is_active: bool
    held: Held | None
    oldest: str
    decided_day: int
    decided_week: int


async def show_load(request: Request, session: Session) -> Response:
    """The page."""
    door, tenant, now = door_of(request), session.person.tenant, door_of(request).clock()
    held = await held_by(door.pool, tenant, now=now, due_by=now + SOON)
    people = await door.directory.people.every(tenant)
    ids = [person.id for person in people]
    decided = await decided_by(door.pool, tenant, ids, lately=now - DAY, since=now - WEEK)
    values = {
        **frame(session),
        "people": shares_of(people, held, decided, now),
        "teams": [_of_team(one, now) for one in held if one.team],
    }
    return page("load.html", values)


def shares_of(
    people: Sequence[Person], held: Sequence[Held], decided: Mapping[str, Decided], now: datetime
) -> list[Share]:
    """The people's shares, who holds most first; who left and holds nothing is left out."""
    by_person = {one.person: one for one in held if one.person}
    shares = [
        _share(person, by_person.get(person.id), decided.get(person.id, _none), now)
        for person in people
        if person.is_active or person.id in by_person
    ]
    return sorted(shares, key=lambda share: -(share.held.open if share.held else 0))


def _share(person: Person, held: Held | None, decided: Decided, now: datetime) -> Share:
    return Share(
        name=person.name,
        teams=", ".join(person.teams),
        is_active=person.is_active,
        held=held,
        oldest=span(now - held.oldest) if held else "",
        decided_day=decided.lately,
        decided_week=decided.before,
    )


def _of_team(held: Held, now: datetime) -> Share:
    return Share(
        name=held.team or "",
        teams="",
        is_active=True,
        held=held,
        oldest=span(now - held.oldest),
        decided_day=0,
        decided_week=0,
    )


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/load", Operation.READ_LOAD, show_load),)
