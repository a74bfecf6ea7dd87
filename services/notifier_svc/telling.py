"""Turns events into deliveries: one row for each recipient of each notice."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from event_schemas.types import (
    Cancelled,
    Candidates,
    ChangesRequested,
    Envelope,
    Received,
    RecordNotification,
    Requested,
    Revised,
    TimedOut,
)
from kernel.outbound.courier import Courier
from kernel.outbound.delivery import Delivery, Standing, delivery_id
from kernel.outbound.store import DeliveryStore
from services.notifier_svc.briefs import Briefs
from services.notifier_svc.mail import MailWriter
from services.notifier_svc.notice import Brief, Notice, notice_of
from services.notifier_svc.routing import (
    EMAIL,
    WEB,
    Known,
    Someone,
    Told,
    asks_candidates,
    named_people,
    who_hears,
)
from services.notifier_svc.wording import mailbox

SERVICE = "notifier_svc"
BATCH = 100
_CLOSES = (Received, TimedOut, Cancelled)


class People(Protocol):
    """Finds the people of a tenant."""

    async def matching(
        self, notice: Notice, brief: Brief, candidates: Candidates
    ) -> Sequence[Someone]:
        """The active people who match and may look at this request."""
        ...

    async def get(self, tenant: str, person: str) -> Someone | None:
        """The active person of this id."""
        ...


class Telling:
    """Hears of events and sees to it that people hear of them, once each."""

    def __init__(
        self,
        briefs: Briefs,
        people: People,
        writer: MailWriter,
        courier: Courier,
        store: DeliveryStore,
    ) -> None:
        self._briefs = briefs
        self._people = people
        self._writer = writer
        self._courier = courier
        self._store = store

    async def handle(self, envelopes: list[Envelope]) -> None:
        """Remembers what was asked and closed, and tells of the rest.

        Raises:
            Unavailable: the database is away; the same events may be handled again.
        """
        ordered = sorted(envelopes, key=lambda one: one.metadata.version)
        opened = await self._remember(ordered)
        ready = [one for one in ordered if notice_of(one) is not None]
        kept = await self._briefs.parked(opened) if opened else []
        await self._tell([*ready, *kept])
        if kept:
            await self._briefs.unpark(kept)

    async def _remember(self, envelopes: Sequence[Envelope]) -> list[str]:
        """Notes questions and ends; gives the requests whose question came."""
        asked = {
            one.metadata.request_id: (one, one.data)
            for one in envelopes
            if isinstance(one.data, Requested)
        }
        if asked:
            await self._briefs.open([asked[key] for key in sorted(asked)])
        for one in envelopes:
            if isinstance(one.data, Revised):
                await self._briefs.revise(one, one.data)
        closed = [one for one in envelopes if isinstance(one.data, _CLOSES)]
        if closed:
            await self._briefs.close(closed)
        stopped = [
            one.metadata.request_id
            for one in envelopes
            if isinstance(one.data, (*_CLOSES, ChangesRequested))
        ]
        if stopped:
            await self._store.withdraw(stopped)
        return list(asked)

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
        deliveries: list[Delivery] = []
        for one in envelopes:
            brief, notice = briefs.get(one.metadata.request_id), notice_of(one)
            if brief is None or notice is None:
                continue
            deliveries += await self._deliveries(notice, brief)
            # Writing mails takes its time; meanwhile the consumer must stay in its group.
            await asyncio.sleep(0)
            if len(deliveries) >= BATCH:
                await self._courier.accept(deliveries)
                deliveries = []
        await self._courier.accept(deliveries)

    async def _deliveries(self, notice: Notice, brief: Brief) -> list[Delivery]:
        known = await self._known(notice, brief)
        return [self._delivery(notice, brief, told) for told in who_hears(notice, brief, known)]

    async def _known(self, notice: Notice, brief: Brief) -> Known:
        by_id: dict[str, Someone] = {}
        for name in named_people(notice, brief):
            person = await self._people.get(notice.tenant, name)
            if person is not None:
                by_id[name] = person
        audience: Sequence[Someone] = ()
        if notice.audience is not None and notice.audience != Candidates():
            audience = await self._people.matching(notice, brief, notice.audience)
        candidates: Sequence[Someone] = ()
        wanted = asks_candidates(notice, brief)
        if wanted is not None and not audience:
            candidates = await self._people.matching(notice, brief, wanted)
        return Known(audience=audience, candidates=candidates, by_id=by_id)

    def _delivery(self, notice: Notice, brief: Brief, told: Told) -> Delivery:
        key = delivery_id(SERVICE, notice.event_id, told.channel, told.target)
        to = mailbox(told.target) if told.channel == EMAIL else None
        payload = b"" if to is None else self._writer.write(notice, brief, to, key)
        plain = Delivery(
            id=key,
            service=SERVICE,
            tenant=notice.tenant,
            request_id=notice.request_id,
            event_id=notice.event_id,
            event=notice.event,
            channel=told.channel,
            target=told.target,
            lane=told.channel,
            payload=payload,
        )
        if to is not None:
            return plain
        match told.channel:
            case channel if channel == WEB:
                return plain.settled(Standing.DELIVERED)
            case channel if channel == EMAIL:
                return plain.settled(Standing.FAILED, "this is no mail address")
            case _:
                return plain.settled(Standing.FAILED, "channel not configured")


def report_for(notice: Sequence[Delivery]) -> RecordNotification | None:
    """What the core is told of a notice, or None while it is too soon.

    Told once: as soon as every recipient was tried and one was reached, or when none can be
    reached any more. What is reached later shows in the rows only.
    """
    told = [one for one in notice if one.standing is Standing.DELIVERED]
    pending = [one for one in notice if one.standing is Standing.PENDING]
    if any(one.attempts == 0 for one in pending) or (pending and not told):
        return None
    return RecordNotification(
        notice_id=notice[0].event_id,
        channels=tuple(sorted({one.channel for one in told})),
        sent=len(told),
        failed=len(notice) - len(told),
    )
