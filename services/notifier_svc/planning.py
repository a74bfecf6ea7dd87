"""Plans a notice: one delivery for each recipient and channel, now, later, or in a summary."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from event_schemas.types import Priority
from kernel.clock import Clock
from kernel.outbound.delivery import Delivery, Standing, delivery_id
from kernel.outbound.notices import PageNotice
from services.notifier_svc.audience import Audience, Audiences
from services.notifier_svc.composing import Reader
from services.notifier_svc.notice import INFORMS, Brief, Notice, Why
from services.notifier_svc.papers import Papers, Task
from services.notifier_svc.places import Places
from services.notifier_svc.reach import WEB, Someone, Told, Ways, ways
from services.notifier_svc.routing import QUEUE, with_channels
from services.notifier_svc.timing import AT_ONCE, WINDOW, When, earliest, when

SERVICE = "notifier_svc"
SUMMARY = "summary"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Plan:
    """What several notices come to; `told` counts the single notices of each person so far."""

    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    pages: list[PageNotice] = field(default_factory=list[PageNotice])
    told: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])


class Recently(Protocol):
    """Knows how much people were told of late."""

    async def recent(
        self, tenant: str, people: Sequence[str], after: datetime, until: datetime
    ) -> Mapping[str, int]:
        """How many notices each of these people is told singly between two instants."""
        ...


class Planner:
    """Makes plans out of notices."""

    def __init__(
        self, audiences: Audiences, places: Places, papers: Papers, held: Recently, clock: Clock
    ) -> None:
        """A planner; `held` tells how much people were told just now."""
        self._audiences = audiences
        self._places = places
        self._papers = papers
        self._held = held
        self._clock = clock

    async def add(self, plan: Plan, notice: Notice, brief: Brief) -> None:
        """Adds what a notice comes to.

        Raises:
            Unavailable: the directory or the database is away.
        """
        if notice.why is Why.RELEASED and brief.question.policy.assign is not None:
            # It is handed out anew, and whoever gets it is told of that.
            return
        audience = await self._audiences.of(notice, brief)
        asks = notice.why not in INFORMS
        wanted = notice.channels or brief.question.routing.channels
        by_person = [
            (one, ways(one, notice.priority, wanted if asks else ()))
            for one in audience.heard.people
        ]
        told = [*audience.heard.addresses, *(way for _, found in by_person for way in found.told)]
        if asks:
            told = await self._places.settled(notice, brief, with_channels(told, wanted))
        instants = await self._instants(plan, notice, audience)
        task = Task(notice, brief, await self._places.kind_notices(notice.tenant, brief))
        made = [await self._made(task, one, audience, instants) for one in told]
        for delivery, found in self._reserves(notice, by_person, made):
            made.append(await self._in_reserve(task, delivery, found, audience))
        plan.deliveries += self._with_summaries(made)
        if asks and all(one.standing is Standing.HELD or one.due_at for one in made):
            # Nobody hears of it now, but it stands in the queue.
            plan.deliveries.append(await self._made(task, Told(WEB, QUEUE), audience, {}))
        plan.pages += [_page(task, one, self._papers) for one in audience.by_id.values()]
        plan.told.update((notice.tenant, one) for one, at in instants.items() if not at.gathered)

    async def _instants(self, plan: Plan, notice: Notice, audience: Audience) -> dict[str, When]:
        """When each person is told."""
        now = self._clock()
        groups: dict[datetime, list[Someone]] = {}
        for one in audience.by_id.values():
            groups.setdefault(earliest(one.preferences, notice.priority, now), []).append(one)
        instants: dict[str, When] = {}
        for first, people in groups.items():
            ids = [one.id for one in people]
            recent = await self._held.recent(notice.tenant, ids, first - WINDOW, first)
            for one in people:
                count = recent.get(one.id, 0) + plan.told[notice.tenant, one.id]
                instants[one.id] = when(one.preferences, notice.priority, now, count)
        return instants

    async def _made(
        self, task: Task, told: Told, audience: Audience, instants: dict[str, When]
    ) -> Delivery:
        notice, at = task.notice, instants.get(told.person or "", AT_ONCE)
        person = audience.by_id.get(told.person or "")
        plain = Delivery(
            id=delivery_id(SERVICE, notice.event_id, told.channel, told.target),
            service=SERVICE,
            tenant=notice.tenant,
            request_id=notice.request_id,
            event_id=notice.event_id,
            event=notice.event,
            channel=told.channel,
            target=told.target,
            lane=told.channel,
            payload=b"",
            person=told.person,
            due_at=at.at,
            informs=notice.why in INFORMS,
        )
        paper = await self._papers.of(task, plain, reader_of(person), gathered=at.gathered)
        if not at.gathered or paper.standing is not Standing.PENDING:
            return paper
        assert at.at is not None
        moment = at.at.isoformat()
        return replace(
            paper,
            standing=Standing.HELD,
            summary_id=delivery_id(SERVICE, f"{notice.tenant} {moment}", told.channel, told.target),
        )

    def _reserves(
        self, notice: Notice, by_person: Sequence[tuple[Someone, Ways]], made: Sequence[Delivery]
    ) -> list[tuple[Delivery, Told]]:
        """The ways in reserve, each with the delivery that it stands in for."""
        first = {(one.channel, one.target): one for one in made}
        return [
            (first[way.channel, way.target], instead)
            for _, found in by_person
            for way in found.told[:1]
            if (way.channel, way.target) in first
            for instead in found.reserve
        ]

    async def _in_reserve(
        self, task: Task, first: Delivery, instead: Told, audience: Audience
    ) -> Delivery:
        made = await self._made(task, instead, audience, {})
        if made.standing is not Standing.PENDING:
            return made
        person = audience.by_id[instead.person or ""]
        patience = timedelta(minutes=person.preferences.fallback_minutes)
        urgent = task.notice.priority is Priority.URGENT
        return replace(
            made,
            standing=Standing.HELD,
            fallback_of=first.id,
            due_at=self._clock() + patience if urgent else NEVER,
        )

    def _with_summaries(self, made: Iterable[Delivery]) -> list[Delivery]:
        """The deliveries, and the summaries that will say those of them that are gathered."""
        gathered = list(made)
        summaries = [
            replace(
                one,
                id=one.summary_id,
                event_id=one.summary_id,
                event=SUMMARY,
                request_id="",
                payload=b"",
                standing=Standing.PENDING,
                informs=True,
                summary_id=None,
            )
            for one in gathered
            if one.summary_id is not None
        ]
        return [*gathered, *summaries]


def reader_of(person: Someone | None) -> Reader:
    """For whom to write; who is not known reads English, by UTC."""
    if person is None:
        return Reader()
    return Reader(language=person.preferences.language, time_zone=person.preferences.time_zone)


def _page(task: Task, person: Someone, papers: Papers) -> PageNotice:
    notice = task.notice
    message = papers.message(task, reader_of(person))
    return PageNotice(
        id=delivery_id(SERVICE, notice.event_id, "page", person.id),
        tenant=notice.tenant,
        person=person.id,
        request_id=notice.request_id,
        why=notice.why.value,
        priority=notice.priority.value,
        title=message.title,
        note=message.note or None,
        deadline=notice.deadline,
        at=notice.at,
        done_at=notice.at if task.brief.closed and message.asks else None,
    )
