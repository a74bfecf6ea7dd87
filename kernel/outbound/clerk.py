"""Keeps what became of attempts, many in one write, and reports notices that have ended.

The report is an outbox: a notice counts as reported only after the report was made durable, and
those left unreported by a dead worker are found and reported again.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from prometheus_client import Counter

from kernel.errors import Unavailable
from kernel.outbound.delivery import Attempt, Delivery, Report, Standing
from kernel.outbound.store import REPORT_AFTER_SECONDS, DeliveryStore
from kernel.telemetry import logger

log = logger()
PAUSE_SECONDS = 0.5
TELL_FIRST_SECONDS = 1.0

settled = Counter("handraise_deliveries_settled", "Deliveries settled", ["channel", "status"])
reports = Counter("handraise_delivery_reports", "Notices reported to the core")


class Clerk:
    """Writes attempts and reports behind a courier, in batches as large as the time allows."""

    def __init__(self, store: DeliveryStore, report: Report) -> None:
        self._store = store
        self._report = report
        self._attempts: dict[str, Attempt] = {}
        self._reported: set[str] = set()
        self._unattempted: set[str] = set()
        self._events: set[str] = set()
        self._work = asyncio.Event()

    def keep(self, attempt: Attempt) -> None:
        """Takes an attempt to be written soon."""
        self._attempts[attempt.delivery.id] = attempt
        self._work.set()

    def give_back(self, delivery: Delivery) -> None:
        """Takes a delivery that was claimed and is not to be attempted now."""
        self._unattempted.add(delivery.id)
        self._work.set()

    @property
    def unwritten(self) -> Collection[str]:
        """The ids of the deliveries whose attempts are still to be written."""
        return self._attempts.keys()

    def settled(self, events: Iterable[str]) -> None:
        """Takes events with deliveries that were settled without an attempt."""
        self._events.update(events)
        if self._events:
            self._work.set()

    async def run(self) -> None:
        """Writes and reports until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep())
            while True:
                await self._work.wait()
                self._work.clear()
                try:
                    await self.flush()
                except Unavailable as error:
                    log.warning("deliveries can't be settled", error=str(error))
                    await asyncio.sleep(PAUSE_SECONDS)
                    self._work.set()

    async def flush(self) -> None:
        """Writes and reports all there is now.

        Raises:
            Unavailable: database or broker are away; what was not written stays to be written.
        """
        if self._attempts:
            await self._settle(list(self._attempts.values()))
        if self._unattempted:
            unattempted = set(self._unattempted)
            await self._store.give_back(unattempted)
            self._unattempted -= unattempted
        events = set(self._events)
        if events:
            await self._tell(await self._store.notices(events))
            self._events -= events

    async def _settle(self, attempts: Sequence[Attempt]) -> None:
        if self._report.alone:
            await self._tell_first(attempts)
        self._events |= await self._store.settle(attempts, self._reported)
        for one in attempts:
            del self._attempts[one.delivery.id]
            self._reported.discard(one.delivery.id)
            if one.standing is not Standing.PENDING:
                settled.labels(one.delivery.channel, one.standing).inc()

    async def _tell_first(self, attempts: Sequence[Attempt]) -> None:
        """Reports successes before they are kept; one that can't be now is reported afterwards."""
        done = [
            one.outcome
            for one in attempts
            if one.standing is Standing.DELIVERED and one.delivery.id not in self._reported
        ]
        try:
            async with asyncio.timeout(TELL_FIRST_SECONDS):
                outcomes = await asyncio.gather(
                    *(self._report([one]) for one in done), return_exceptions=True
                )
        except TimeoutError:
            return
        told = {one.id for one, said in zip(done, outcomes, strict=True) if said is True}
        self._reported |= told
        reports.inc(len(told))

    async def _tell(self, notices: Sequence[Sequence[Delivery]]) -> None:
        outcomes = await asyncio.gather(
            *(self._report(notice) for notice in notices), return_exceptions=True
        )
        done: set[str] = set()
        unavailable: Unavailable | None = None
        for notice, outcome in zip(notices, outcomes, strict=True):
            if outcome is True:
                done.add(notice[0].event_id)
            elif isinstance(outcome, Unavailable):
                unavailable = outcome
            elif isinstance(outcome, BaseException):
                # Left to the sweep: one notice that can't be reported must not hold up the rest.
                log.error("a notice can't be reported", notice=notice[0].event_id, exc_info=outcome)
        if done:
            await self._store.mark_reported(done)
            reports.inc(len(done))
        if unavailable is not None:
            raise unavailable

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(REPORT_AFTER_SECONDS)
            try:
                self.settled(await self._store.unreported())
            except Unavailable as error:
                log.warning("unreported deliveries can't be looked for", error=str(error))
