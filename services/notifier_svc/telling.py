"""Turns events into deliveries: a row for each recipient of each notice, and changes of earlier."""

import asyncio
from collections.abc import Sequence

from event_schemas.types import (
    ActorKind,
    AnswerRecorded,
    Assigned,
    Cancelled,
    ChangesRequested,
    Commented,
    Envelope,
    Received,
    RecordNotification,
    Requested,
    Revised,
    Started,
    TimedOut,
)
from kernel.outbound.courier import Courier
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Standing
from kernel.outbound.notices import end_notices, put_notices
from kernel.outbound.store import DeliveryStore
from services.notifier_svc.amending import Amending, alters, who_did
from services.notifier_svc.audience import People
from services.notifier_svc.briefs import Briefs
from services.notifier_svc.notice import INFORMS, Brief, notice_of
from services.notifier_svc.planning import Plan, Planner

BATCH = 100
_CLOSES = (Received, TimedOut, Cancelled)
_TAKES_PART = (Assigned, Started, Commented, AnswerRecorded, Received, ChangesRequested)


class Telling:
    """Hears of events and sees to it that people hear of them, once each."""

    def __init__(
        self,
        *,
        briefs: Briefs,
        planner: Planner,
        amending: Amending,
        people: People,
        courier: Courier,
        store: DeliveryStore,
        database: Database,
    ) -> None:
        self._briefs = briefs
        self._planner = planner
        self._amending = amending
        self._people = people
        self._courier = courier
        self._store = store
        self._database = database

    async def handle(self, envelopes: list[Envelope]) -> None:
        """Remembers what was asked and closed, and tells of the rest.

        Raises:
            Unavailable: the database is away; the same events may be handled again.
        """
        ordered = sorted(envelopes, key=lambda one: one.metadata.version)
        opened = await self._remember(ordered)
        await self._end(ordered)
        ready = [one for one in ordered if notice_of(one) is not None]
        kept = await self._briefs.parked(opened) if opened else []
        await self._tell([*ready, *sorted(kept, key=lambda one: one.metadata.version)])
        if kept:
            await self._briefs.unpark(kept)

    async def _remember(self, envelopes: Sequence[Envelope]) -> list[str]:
        """Notes questions, ends and who takes part; gives the requests whose question came."""
        asked = {
            one.metadata.request_id: (one, one.data)
            for one in envelopes
            if isinstance(one.data, Requested)
        }
        if asked:
            await self._briefs.open([asked[key] for key in sorted(asked)])
        closed = [one for one in envelopes if isinstance(one.data, _CLOSES)]
        if closed:
            await self._briefs.close(closed)
        pairs = [(one.metadata.request_id, who) for one in envelopes for who in _taking_part(one)]
        if pairs:
            await self._briefs.took_part(pairs)
        return list(asked)

    async def _end(self, envelopes: Sequence[Envelope]) -> None:
        """Withdraws and changes what asks for what needs no answer any more."""
        stopped = [
            one.metadata.request_id
            for one in envelopes
            if isinstance(one.data, (*_CLOSES, ChangesRequested))
        ]
        informs = [one.value for one in INFORMS]
        if stopped:
            await self._store.withdraw(stopped)
            await end_notices(self._database, stopped, informs)
        for one in envelopes:
            if isinstance(one.data, Assigned) and not one.data.claimed and one.data.assignee.person:
                request, person = one.metadata.request_id, one.data.assignee.person
                await self._store.withdraw_from_others(request, person)
                await end_notices(self._database, [request], informs, except_of=person)
        altered = [one for one in envelopes if alters(one)]
        if altered:
            names = await self._names(altered)
            await self._courier.accept(await self._amending.changes(altered, names))

    async def _names(self, altered: Sequence[Envelope]) -> dict[str, str]:
        names: dict[str, str] = {}
        for one in altered:
            who = who_did(one)
            person = await self._people.get(one.metadata.tenant, who) if who else None
            if person is not None:
                names[person.id] = person.name
        return names

    async def _tell(self, envelopes: Sequence[Envelope]) -> None:
        if not envelopes:
            return
        briefs = await self._briefs.of(one.metadata.request_id for one in envelopes)
        early = [one for one in envelopes if one.metadata.request_id not in briefs]
        if early:
            await self._briefs.park(early)
            # The question may have been noted by another copy between the look and the parking.
            briefs |= await self._briefs.of(one.metadata.request_id for one in early)
            await self._briefs.unpark([one for one in early if one.metadata.request_id in briefs])
        plan = Plan()
        for one in envelopes:
            brief = briefs.get(one.metadata.request_id)
            if brief is None:
                continue
            if isinstance(one.data, Revised):
                brief = await self._briefs.revise(brief, one, one.data)
                briefs[one.metadata.request_id] = brief
            await self._add(plan, one, brief)
            # Planning takes its time; meanwhile the consumer must stay in its group.
            await asyncio.sleep(0)
            if len(plan.deliveries) >= BATCH:
                plan = await self._carry_out(plan)
        await self._carry_out(plan)

    async def _add(self, plan: Plan, envelope: Envelope, brief: Brief) -> None:
        notice = notice_of(envelope)
        if notice is not None and (notice.why in INFORMS or not brief.closed):
            await self._planner.add(plan, notice, brief)

    async def _carry_out(self, plan: Plan) -> Plan:
        await self._courier.accept(plan.deliveries)
        if plan.pages:
            await put_notices(self._database, plan.pages)
        return Plan()


def _taking_part(envelope: Envelope) -> set[str]:
    """The people who have to do with a request because of an event."""
    if not isinstance(envelope.data, _TAKES_PART):
        return set()
    actor, data = envelope.metadata.actor, envelope.data
    people = {actor.id} if actor.kind is ActorKind.PERSON else set[str]()
    if isinstance(data, Assigned) and data.assignee.person is not None:
        people.add(data.assignee.person)
    return people


def report_for(notice: Sequence[Delivery]) -> RecordNotification | None:
    """What the core is told of a notice, or None while it is too soon.

    Told once: as soon as every recipient was tried and one was reached, or when none can be
    reached any more. Whom it reaches later (after quiet hours, in a summary, by another way) shows
    in the rows only.
    """
    told = [one for one in notice if one.standing is Standing.DELIVERED]
    pending = [one for one in notice if one.standing is Standing.PENDING]
    planned = [one for one in pending if one.attempts == 0 and one.due_at is not None]
    later = [one for one in notice if one.standing is Standing.HELD] + planned
    untried = [one for one in pending if one.attempts == 0 and one.due_at is None]
    if untried or (not told and (pending or later)):
        return None
    return RecordNotification(
        notice_id=notice[0].event_id,
        channels=tuple(sorted({one.channel for one in told})),
        sent=len(told),
        failed=len(notice) - len(told) - len(later),
    )
