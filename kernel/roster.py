"""Who is there at an instant: absences and those who stand in, who is on call, and who can what.

Pure: a roster is what the directory knew of one tenant at one time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from kernel.calendars import Calendar, Zone
from kernel.question import Input, Name
from task_kinds.durations import PATTERN, seconds

MOST_STEPS = 3
"""So many substitutes of substitutes are asked."""
SHORTEST_TURN = 3600


def _flaw(detail: str) -> PydanticCustomError:
    return PydanticCustomError("flaw", "{detail}", {"detail": detail})


def _moment(text: str, *, zoned: bool) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or (moment.tzinfo is not None) != zoned:
        example = "2026-01-05T09:00:00Z" if zoned else "2026-01-05T09:00, without a zone,"
        raise _flaw(f"a moment such as {example} is expected")
    return moment


def _instant_text(text: str) -> str:
    _moment(text, zoned=True)
    return text


def _local_text(text: str) -> str:
    _moment(text, zoned=False)
    return text


def _turn_text(text: str) -> str:
    if seconds(text) < SHORTEST_TURN:
        raise _flaw("a turn lasts an hour or longer")
    return text


InstantText: TypeAlias = Annotated[str, Field(max_length=40), AfterValidator(_instant_text)]
LocalText: TypeAlias = Annotated[str, Field(max_length=40), AfterValidator(_local_text)]
TurnText: TypeAlias = Annotated[
    str, Field(pattern=PATTERN, max_length=20), AfterValidator(_turn_text)
]


class Override(Input):
    """Somebody else on call for once."""

    person: Name
    begins_at: InstantText
    ends_at: InstantText

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """It ends after it begins."""
        if _moment(self.begins_at, zoned=True) >= _moment(self.ends_at, zoned=True):
            raise _flaw("it must end after it begins")
        return self

    def holds(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        return _moment(self.begins_at, zoned=True) <= at < _moment(self.ends_at, zoned=True)


class Rota(Input):
    """Who of a team is on call: its people by turns, by the clock of a zone.

    `starts` is when the first turn of the first person begins there. The last override that holds
    comes before the turns.
    """

    zone: Zone
    people: Annotated[list[Name], Field(min_length=1, max_length=100)]
    starts: LocalText
    turn: TurnText
    overrides: Annotated[list[Override], Field(max_length=200, default_factory=list)]

    def in_turn(self, at: datetime) -> Iterator[str]:
        """Who is on call at an instant, then those who come after; nobody before it starts."""
        for override in reversed(self.overrides):
            if override.holds(at):
                yield override.person
        # By the wall clock, so that a handover at nine stays at nine when summer time ends.
        local = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        since = local - _moment(self.starts, zoned=False)
        if since < timedelta():
            return
        now = since // timedelta(seconds=seconds(self.turn))
        for step in range(len(self.people)):
            yield self.people[(now + step) % len(self.people)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A person is out of office, and who stands in, if anybody does."""

    person: str
    begins_at: datetime
    ends_at: datetime
    substitute: str | None = None
    note: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the person is away at an instant."""
        return self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What a tenant's people are there for, and when."""

    calendars: Mapping[str, Calendar] = field(default_factory=dict[str, Calendar])
    rotas: Mapping[str, Rota] = field(default_factory=dict[str, Rota])
    absences: Mapping[str, Absence] = field(default_factory=dict[str, Absence])
    skills: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def is_away(self, person: str, at: datetime) -> bool:
        """Whether a person is out of office."""
        absence = self.absences.get(person)
        return absence is not None and absence.holds(at)

    def there_for(self, person: str, at: datetime) -> str | None:
        """The person, or whoever stands in; None where nobody does within three steps."""
        one = person
        for _ in range(MOST_STEPS):
            absence = self.absences.get(one)
            if absence is None or not absence.holds(at):
                return one
            if absence.substitute is None:
                return None
            one = absence.substitute
        # A circle ends here as well.
        return None if self.is_away(one, at) else one

    def stands_in_for(self, person: str, at: datetime) -> tuple[str, ...]:
        """The absent people in whose place a person is now, by id."""
        away = sorted(one for one in self.absences if one != person and self.is_away(one, at))
        return tuple(one for one in away if self.there_for(one, at) == person)

    def on_call(self, team: str, at: datetime) -> str | None:
        """Who is on call for a team and there; where nobody is, whoever is next in turn."""
        rota = self.rotas.get(team)
        for person in () if rota is None else rota.in_turn(at):
            there = self.there_for(person, at)
            if there is not None:
                return there
        return None

    def circle_of(self, absence: Absence) -> tuple[str, ...]:
        """The substitutes who would lead back to the absent person; none where they don't.

        Only absences that overlap can.
        """
        chain, one = [absence.person], absence.substitute
        while one is not None and one not in chain:
            chain.append(one)
            other = self.absences.get(one)
            overlaps = (
                other is not None
                and other.begins_at < absence.ends_at
                and absence.begins_at < other.ends_at
            )
            one = other.substitute if other is not None and overlaps else None
        return tuple(chain) if one == absence.person else ()
