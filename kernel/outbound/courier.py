"""Attempts a service's deliveries: at once when new, on schedule when due, until settled.

Several copies share the rows. A copy that dies leaves claims that lapse, and another repeats what
it may already have brought: at least once, with the same id and the same bytes.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from prometheus_client import Counter, Gauge, Histogram

from kernel.clock import Clock, utc_now
from kernel.errors import Unavailable
from kernel.outbound.breaker import Breaker
from kernel.outbound.clerk import Clerk
from kernel.outbound.delivery import Attempt, Carrier, Delivery, Result, Standing, Verdict
from kernel.outbound.lanes import Lanes, Limits
from kernel.outbound.schedule import LONGEST_SECONDS, next_delay_seconds
from kernel.outbound.store import LEASE_SECONDS, DeliveryStore
from kernel.outbound.tracing import TracedCarrier, caused
from kernel.telemetry import logger

log = logger()
POLL_SECONDS = 1.0
GIVE_UP_SECONDS = 60.0
RENEW_SECONDS = LEASE_SECONDS / 4

attempts_made = Counter(
    "handraise_delivery_attempts", "Delivery attempts", ["service", "channel", "verdict"]
)
attempt_seconds = Histogram(
    "handraise_delivery_attempt_seconds",
    "Duration of a delivery attempt",
    ["service", "channel"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
held = Gauge("handraise_deliveries_held", "Deliveries claimed by this process", ["service"])
shut = Gauge("handraise_delivery_lanes_shut", "Receivers left in peace but for trials", ["service"])


class Courier:
    """The part that carries one service's deliveries."""

    def __init__(
        self,
        service: str,
        store: DeliveryStore,
        carrier: Carrier,
        clerk: Clerk,
        *,
        limits: Limits | None = None,
        breaker: Breaker | None = None,
        clock: Clock = utc_now,
        luck: Callable[[], float] = random.random,
    ) -> None:
        """A courier; `clerk` keeps what becomes of the attempts, `luck` spreads the retries."""
        self._service = service
        self._store = store
        self._carrier = TracedCarrier(carrier)
        self._clerk = clerk
        self._lanes = Lanes(limits or Limits(), breaker)
        self._clock = clock
        self._luck = luck
        self._carrying: dict[str, asyncio.Task[None]] = {}
        self._since: dict[str, float] = {}
        self._look = asyncio.Event()

    async def accept(self, new: Sequence[Delivery]) -> None:
        """Makes deliveries durable and starts those due at once; known ones change nothing.

        Raises:
            Unavailable: the database is away; nothing was started.
        """
        if not new:
            return
        # What comes twice at once takes one place.
        new = list({one.id: caused(one) for one in new}.values())
        now = [one for one in new if one.standing is Standing.PENDING and one.due_at is None]
        ours = {one.id: one for one in now if self._lanes.take(one.lane)}
        added: set[str] = set()
        try:
            added = await self._store.insert(new, ours)
        finally:
            for one in ours.values():
                if one.id not in added:
                    self._lanes.leave(one.lane)
        for one in ours.values():
            if one.id in added:
                self._start(one)
        self._clerk.settled({one.event_id for one in new if one.standing is not Standing.PENDING})

    async def run(self) -> None:
        """Carries until cancelled; then lets go of what it holds."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._clerk.run())
                group.create_task(self._renew())
                group.create_task(self._give_up())
                await self._poll()
        finally:
            await self._stop()

    async def _poll(self) -> None:
        while True:
            try:
                for one in await self._store.claim(self._lanes):
                    self._start(one)
            except Unavailable as error:
                log.warning("deliveries can't be claimed", error=str(error))
            shut.labels(self._service).set(len(self._lanes.ailing()))
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()

    def _start(self, delivery: Delivery) -> None:
        if delivery.id in self._carrying or delivery.id in self._clerk.unwritten:
            # Our own claim lapsed while the database was away; that attempt still counts.
            self._lanes.leave(delivery.lane)
            return
        self._since[delivery.id] = time.monotonic()
        self._carrying[delivery.id] = asyncio.create_task(self._carry(delivery))
        held.labels(self._service).set(len(self._carrying))

    async def _carry(self, delivery: Delivery) -> None:
        try:
            async with self._lanes.turn(delivery.lane):
                if self._lanes.is_shut(delivery.lane):
                    self._clerk.give_back(delivery)
                    return
                attempt = await self._attempt(delivery)
            if attempt is not None:
                self._clerk.keep(attempt)
        finally:
            self._lanes.leave(delivery.lane)
            self._carrying.pop(delivery.id, None)
            self._since.pop(delivery.id, None)
            held.labels(self._service).set(len(self._carrying))
            if self._lanes.wants_more(delivery.lane):
                self._look.set()

    async def _attempt(self, delivery: Delivery) -> Attempt | None:
        started_at, start = self._clock(), time.perf_counter()
        try:
            result = await self._carrier.carry(delivery)
        except Unavailable as error:
            # Nothing was attempted. The claim lapses, and then it is tried again.
            log.warning("a delivery can't be attempted", delivery=delivery.id, error=str(error))
            return None
        except Exception as error:
            log.exception("a carrier failed", delivery=delivery.id)
            result = Result(verdict=Verdict.RETRY, error=f"internal: {type(error).__name__}")
        seconds = time.perf_counter() - start
        self._lanes.note(delivery.lane, result.sign)
        attempts_made.labels(self._service, delivery.channel, result.verdict).inc()
        attempt_seconds.labels(self._service, delivery.channel).observe(seconds)
        standing, delay = self._consequence(delivery, result)
        return Attempt(
            delivery=delivery,
            standing=standing,
            started_at=started_at,
            duration_ms=round(seconds * 1000),
            result=result,
            delay_seconds=delay,
        )

    def _consequence(self, delivery: Delivery, result: Result) -> tuple[Standing, float | None]:
        if result.verdict is Verdict.DELIVERED:
            return Standing.DELIVERED, None
        if result.verdict is Verdict.GIVE_UP:
            return Standing.FAILED, None
        delay = next_delay_seconds(
            delivery.tries + 1,
            luck=self._luck(),
            retry_after_seconds=result.retry_after_seconds,
        )
        return (Standing.FAILED, None) if delay is None else (Standing.PENDING, delay)

    async def _give_up(self) -> None:
        """Ends what has waited at shut lanes for longer than the whole schedule takes."""
        while True:
            await asyncio.sleep(GIVE_UP_SECONDS)
            lanes = self._lanes.ailing()
            if not lanes:
                continue
            try:
                self._clerk.settled(
                    await self._store.give_up(lanes, LONGEST_SECONDS, "the receiver did not answer")
                )
            except Unavailable as error:
                log.warning("deliveries can't be given up", error=str(error))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            old = time.monotonic() - RENEW_SECONDS
            lasting = [one for one, since in self._since.items() if since <= old]
            lasting += self._clerk.unwritten
            if not lasting:
                continue
            try:
                await self._store.renew(lasting)
            except Unavailable as error:
                log.warning("claims can't be renewed", error=str(error))

    async def _stop(self) -> None:
        tasks = list(self._carrying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(2):
                await self._clerk.flush()
                await self._store.release()
        except (Unavailable, TimeoutError) as error:
            log.warning("claims are left to lapse", error=str(error))
