"""Watches the timers: keeps what events say of them and fires them when they are due.

Nothing is held in memory but the steps being fired, so that a million timers cost no more than
ten, and a copy that dies or stands still delays what it had taken by seconds.
"""

import asyncio
import time
from datetime import datetime, timedelta

from prometheus_client import Gauge

from event_schemas.types import Envelope
from kernel.errors import Unavailable
from kernel.telemetry import logger
from services.timeout_svc.firing import Firing
from services.timeout_svc.safe_clock import SafeClock
from services.timeout_svc.store import TimerStore
from services.timeout_svc.timer import Timer, latest

log = logger()
# Other copies put in timers too: none is overlooked for longer than this.
LOOK_SECONDS = 0.5
HOUSEKEEPING_SECONDS = 60.0
BATCH = 1000
PAUSE_SECONDS = 1.0

pending = Gauge("handraise_timers_pending", "Timers waiting, of all copies")
divergence = Gauge(
    "handraise_clock_divergence_seconds", "How far the broker's clock is ahead of the database's"
)


class Watch:
    """The part that fires timers; it also takes the events that set them."""

    def __init__(self, store: TimerStore, firing: Firing, clock: SafeClock) -> None:
        self._store = store
        self._firing = firing
        self._clock = clock
        self._asleep_until: datetime | None = None
        self._wake = asyncio.Event()

    async def handle(self, envelopes: list[Envelope]) -> None:
        """Keeps what the events say of their requests' timers."""
        timers = latest(envelopes)
        await self._store.put(timers)
        if any(self._comes_before_waking(timer) for timer in timers):
            self._wake.set()

    async def run(self) -> None:
        """Fires until cancelled; survives the absence of database and broker."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_house())
            while True:
                try:
                    pause_seconds = await self._turn()
                except Unavailable as error:
                    log.warning("timers can't be fired", error=str(error))
                    pause_seconds = PAUSE_SECONDS
                await self._sleep(pause_seconds)

    async def _turn(self) -> float:
        """Fires what is due now; gives the seconds until it is worth looking again."""
        view = await self._store.look()
        self._clock.hear_database(view.now, time.monotonic())
        now = self._clock.now(time.monotonic()) or view.now
        if view.next_at is None or view.next_at > now:
            return self._until(view.next_at, now)
        taken = await self._store.take(now, BATCH)
        try:
            fired = await self._firing.fire(taken, now) if taken else []
        except Unavailable:
            await self._store.put_back(taken)
            raise
        early = [one.due for one in fired if one.early]
        if early:
            await self._store.put_back(early)
        return 0.0

    def _until(self, next_at: datetime | None, now: datetime) -> float:
        wait_seconds = LOOK_SECONDS
        if next_at is not None:
            wait_seconds = min(wait_seconds, (next_at - now).total_seconds())
        self._asleep_until = now + timedelta(seconds=wait_seconds)
        return wait_seconds

    def _comes_before_waking(self, timer: Timer) -> bool:
        until = self._asleep_until
        return timer.step is not None and (until is None or timer.step.at < until)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._store.clean()
                pending.set(await self._store.count())
            except Unavailable as error:
                log.warning("timers can't be counted", error=str(error))
            divergence.set(self._clock.divergence_seconds(time.monotonic()))
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
