"""Keeps what became of attempts, many in one write, and reports notices that have ended.

The report is an outbox: a notice counts as reported only after the report was made durable, and
those left unreported by a dead worker are found and reported again.
"""

import asyncio
from collections.abc import Iterable, Sequence

from prometheus_client import Counter

from kernel.errors import Unavailable
from kernel.outbound.delivery import Attempt, Delivery, Report, Standing
from kernel.outbound.store import REPORT_AFTER_SECONDS, DeliveryStore
from kernel.telemetry import logger

log = logger()
PAUSE_SECONDS = 0.5

settled = Counter("handraise_deliveries_settled", "Deliveries settled", ["channel", "status"])
reports = Counter("handraise_delivery_reports", "Notices reported to the core")


class Clerk:
    """Writes attempts and reports behind a courier, in batches as large as the time allows."""

    def __init__(self, store: DeliveryStore, report: Report) -> None:
        self._store = store
        self._report = report
        self._attempts: list[Attempt] = []
        self._events: set[str] = set()
        self._work = asyncio.Event()

    def keep(self, attempt: Attempt) -> None:
        """Takes an attempt to be written soon."""
        self._attempts.append(attempt)
        self._work.set()

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
        attempts, self._attempts = self._attempts, []
        if attempts:
            try:
                self._events |= await self._store.settle(attempts)
            except BaseException:
                self._attempts = attempts + self._attempts
                raise
            for one in attempts:
                if one.standing is not Standing.PENDING:
                    settled.labels(one.delivery.channel, one.standing).inc()
        events = set(self._events)
        if events:
            await self._tell(await self._store.notices(events))
            self._events -= events

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
