"""Says of a question that nobody answers: who would be told, when and how, and how it ends."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.simulating.course import Course, played
from event_schemas.types import Command, Completed, Envelope, Open, Outcome, Refusal, Requested
from kernel.directory.answer_links import AnswerLink
from kernel.outbound.delivery import Delivery, Standing
from kernel.request.model import Request
from services.notifier_svc.assigning.book import Holding
from services.notifier_svc.assigning.chooser import Chooser
from services.notifier_svc.assigning.chooser import Standing as Loads
from services.notifier_svc.assigning.desk import Rosters, assign_for, is_cause
from services.notifier_svc.audience import Audiences
from services.notifier_svc.notice import Brief, notice_of
from services.notifier_svc.papers import Papers
from services.notifier_svc.places import Places
from services.notifier_svc.planning import Plan, Planner


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Somebody is told: on which channel, where, and when; or why that can't be.

    `person` is who of the tenant that is, if it is one. `in_summary` is together with others;
    `in_reserve` only if the first way fails, at `at` at the latest where it is pressing.
    """

    channel: str
    target: str
    person: str | None
    at: datetime | None
    in_summary: bool = False
    in_reserve: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event, and who is told of it."""

    envelope: Envelope
    told: tuple[Hearing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """All that would happen; `refusal` says why nothing would, `cut` that it would go on."""

    steps: tuple[Step, ...]
    outcome: Outcome | None
    cut: bool
    refusal: Refusal | None


class Simulator:
    """Simulates with the parts that do the real work, as things stand in the directory."""

    def __init__(
        self,
        audiences: Audiences,
        places: Places,
        papers: Papers,
        handing: "Handing",
    ) -> None:
        self._audiences = audiences
        self._places = places
        self._papers = papers
        self._handing = handing

    async def simulate(self, question: Open, tenant: str, at: datetime) -> Simulation:
        """The whole course of a question that is opened at `at`.

        Raises:
            Unavailable: the directory is away.
        """
        course = await played(question, tenant, at, self._handing.reaction)
        return Simulation(
            steps=tuple([step async for step in self._steps(course)]),
            outcome=None if course.request is None else course.request.state.outcome,
            cut=course.cut,
            refusal=course.refusal,
        )

    async def _steps(self, course: Course) -> AsyncIterator[Step]:
        brief: Brief | None = None
        for envelope in course.events:
            if isinstance(envelope.data, Requested):
                question = envelope.data
                brief = Brief(question=question, title=question.title, description=None)
            if isinstance(envelope.data, Completed):
                continue
            told = () if brief is None else await self._told(envelope, brief)
            yield Step(envelope=envelope, told=told)

    async def _told(self, envelope: Envelope, brief: Brief) -> tuple[Hearing, ...]:
        notice = notice_of(envelope)
        if notice is None:
            return ()
        plan, at = Plan(), envelope.timestamp
        planner = Planner(self._audiences, self._places, self._papers, _Unheard(), lambda: at)
        await planner.add(plan, notice, brief)
        return tuple(_hearing(one, at) for one in plan.deliveries if one.request_id)


class Handing:
    """Hands one simulated request out as the notifier does, by what people hold at present."""

    def __init__(self, chooser: Chooser, rosters: Rosters, loads: Loads) -> None:
        self._chooser = chooser
        self._rosters = rosters
        self._loads = _Counted(loads)

    async def reaction(
        self, envelope: Envelope, request: Request, asked: Requested
    ) -> Command | None:
        """The command that gives the request to somebody, if the event is cause to.

        Raises:
            Unavailable: the directory is away.
        """
        assignee = request.state.assignee
        if not is_cause(envelope) or (assignee is not None and assignee.person is not None):
            return None
        holding = Holding(
            version=request.state.version,
            open=True,
            person=None,
            stage=request.state.stage,
            question=asked,
        )
        roster = await self._rosters.roster(envelope.metadata.tenant)
        chosen = await self._chooser.chosen(envelope, holding, roster, self._loads)
        if chosen is None:
            return None
        at = envelope.timestamp
        self._loads.given.append(chosen.person)
        return assign_for(envelope, chosen, lambda: at)


class _Counted:
    """How people stand, with the turns that they had in the simulation so far."""

    def __init__(self, loads: Loads) -> None:
        self._loads = loads
        self.given: list[str] = []

    async def times(self, request_id: str) -> int:
        """How often the request was given to somebody."""
        return len(self.given)

    async def loads(self, people: Sequence[str], request_id: str) -> Mapping[str, int]:
        """As they are; the request itself counts for nobody."""
        return await self._loads.loads(people, request_id)

    async def turns(self, kind: str) -> Mapping[str, int]:
        """Those of the book, and then those of the simulation."""
        turns = dict(await self._loads.turns(kind))
        last = max(turns.values(), default=0)
        return turns | {person: last + n for n, person in enumerate(self.given, 1)}


class _Unheard:
    """Nobody was told anything of late."""

    async def recent(
        self, tenant: str, people: Sequence[str], after: datetime, until: datetime
    ) -> Mapping[str, int]:
        """Nothing."""
        return {}


async def no_link(_link: AnswerLink) -> str:
    """No token: what is only simulated is answered by nobody."""
    return ""


def _hearing(delivery: Delivery, at: datetime) -> Hearing:
    reserve = delivery.fallback_of is not None
    return Hearing(
        channel=delivery.channel,
        target=delivery.target,
        person=delivery.person,
        at=delivery.due_at or at,
        in_summary=delivery.summary_id is not None,
        in_reserve=reserve,
        error=delivery.error if delivery.standing is Standing.FAILED else None,
    )
