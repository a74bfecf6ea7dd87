"""Who is there when, and what would happen to a question that nobody answers."""

from datetime import datetime
from typing import Literal

from api.rest.documents.base import Document, Outcome, Priority


class CalendarDefinition(Document):
    """When people are at work: by the clock of a zone, each week, but for some days."""

    title: str
    zone: str
    weekly: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[str]]
    holidays: list[str]
    overrides: dict[str, list[str]]


class CalendarDocument(Document):
    """A business calendar; kinds name it in `deadline.business`."""

    name: str
    version: str
    calendar: CalendarDefinition


class CalendarsDocument(Document):
    """The business calendars of a tenant, by name."""

    items: list[CalendarDocument]


class OverrideDocument(Document):
    """Somebody else on call for once."""

    person: str
    begins_at: str
    ends_at: str


class RotaDefinition(Document):
    """Who of a team is on call, turn by turn; the last override that holds comes first."""

    zone: str
    people: list[str]
    starts: str
    turn: str
    overrides: list[OverrideDocument]


class RotaDocument(Document):
    """A team's rota, and who is on call now; those who are away are passed over."""

    team: str
    on_call_now: str | None
    rota: RotaDefinition


class RotasDocument(Document):
    """The rotas of a tenant, by team."""

    items: list[RotaDocument]


class AbsenceDocument(Document):
    """When a person is away, and who stands in."""

    person: str
    begins_at: datetime
    ends_at: datetime
    substitute: str | None
    note: str | None


class PersonAbsenceDocument(Document):
    """A person's absence, and how many requests were given back on account of it."""

    person: str
    absence: AbsenceDocument | None
    given_back: int


class AbsencesDocument(Document):
    """The absences that are not over, by person."""

    items: list[AbsenceDocument]


class SkillsDocument(Document):
    """What a person knows about."""

    person: str
    skills: list[str]


class HearingDocument(Document):
    """Somebody is told; `in_reserve` only where the first way fails, `error` is why it can't be."""

    channel: str
    target: str
    person: str | None
    name: str | None
    at: datetime | None
    in_summary: bool
    in_reserve: bool
    error: str | None


class SimulatedStepDocument(Document):
    """One event, in a sentence, and who is told of it."""

    at: datetime
    event: str
    says: str
    told: list[HearingDocument]


class SimulationDocument(Document):
    """What would happen to a question that nobody answers; nothing of it was done.

    `refused` says why it could not be asked at all, `cut` that it would go on.
    """

    type: str
    priority: Priority
    calendar: str | None
    opened_at: datetime
    timeout_at: datetime | None
    steps: list[SimulatedStepDocument]
    outcome: Outcome | None
    cut: bool
    refused: str | None
