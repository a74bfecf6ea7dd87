"""Watches the timers: keeps what events say of them and fires them when they are due.

Nothing is held in memory but the steps being fired, so that a million timers cost no more than
ten, and a copy that dies or stands still delays what it had taken by seconds.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from prometheus_client import Gauge

from event_schemas.types import Envelope
from kernel.errors import Unavailable
from kernel.telemetry import logger
from services.timeout_svc.firing import Firing
from services.timeout_svc.safe_clock import SafeClock, steady
from services.timeout_svc.store import TimerStore
from services.timeout_svc.timer import Due, Timer, latest

log = logger()
# A copy that dies takes along when to wake up for what it put in: another looks this often.
LOOK_SECONDS = 2.0
HOUSEKEEPING_SECONDS = 60.0
BATCH = 1000
PAUSE_SECONDS = 1.0

pending = Gauge("handraise_timers_pending", "Timers waiting, of all copies")
late = Gauge("handraise_timers_late", "Timers whose step was due and has brought nothing yet")
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
        # The answer may leave out what is put in while it is on its way: any of that wakes up.
        self._asleep_until = None
        view = await self._store.look()
        self._clock.hear_database(view.now, steady())
        now = self._now(view.now)
        if view.next_at is None or view.next_at > now:
            return self._until(view.next_at, now)
        return 0.0 if await self._drain(now) else PAUSE_SECONDS

    async def _drain(self, now: datetime) -> bool:
        """Fires all that is due, one batch while the next is taken; whether the broker took it."""
        taken = await self._store.take(now, BATCH)
        while taken:
            firing = asyncio.create_task(self._fire(taken, now))
            try:
                now = self._now(now)
                taken = await self._store.take(now, BATCH) if len(taken) == BATCH else []
            finally:
                confirmed = await firing
            if not confirmed:
                await self._store.put_back(taken)
                return False
        return True

    async def _fire(self, taken: Sequence[Due], now: datetime) -> bool:
        fired = await self._firing.fire(taken, now)
        in_time = {one.due.request_id for one in fired if not one.early}
        back = [due for due in taken if due.request_id not in in_time]
        await self._store.settle((due for due in taken if due.request_id in in_time), now)
        if back:
            await self._store.put_back(back)
        return len(fired) == len(taken)

    def _now(self, otherwise: datetime) -> datetime:
        return self._clock.now(steady()) or otherwise

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
                waiting = await self._store.count()
                pending.set(waiting.pending)
                late.set(waiting.late)
            except Unavailable as error:
                log.warning("timers can't be counted", error=str(error))
            divergence.set(self._clock.divergence_seconds(steady()))
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
