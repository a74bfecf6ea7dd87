"""Timers that come while the clock looks for the next one."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from event_schemas.types import NextStep, StepKind
from services.timeout_svc import watch as watching
from services.timeout_svc.safe_clock import SafeClock
from services.timeout_svc.store import View, Waiting
from services.timeout_svc.timer import Due, Timer
from services.timeout_svc.watch import Watch

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Store:
    """Timers in memory; an answer that is on its way says what was true when it was asked for."""

    def __init__(self) -> None:
        self.looks = 0
        self.looking, self.answering = asyncio.Event(), asyncio.Event()
        self.looked_again = asyncio.Event()

    async def look(self) -> View:
        self.looks += 1
        if self.looks == 2:
            self.looking.set()
            await self.answering.wait()
        if self.looks > 2:
            self.looked_again.set()
        return View(now=NOON, next_at=None)

    async def put(self, timers: Sequence[Timer]) -> None:
        """It is there now."""

    async def take(self, _now: datetime, _limit: int) -> list[Due]:
        return []

    async def settle(self, _fired: Iterable[Due], _now: datetime) -> None:
        """There is nothing to fire."""

    async def clean(self) -> None:
        """There is nothing to remove."""

    async def count(self) -> Waiting:
        return Waiting(pending=0, late=0)


async def test_a_timer_put_in_while_the_next_is_looked_for_is_not_slept_through(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(watching, "latest", lambda timers: timers)
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0)
    memory = Store()
    store: Any = memory
    firing: Any = None
    watch = Watch(store, firing, SafeClock())
    work = asyncio.create_task(watch.run())
    await memory.looking.wait()
    # This turn's sleep would be long; the timer is due after what was slept last, and before that.
    monkeypatch.setattr(watching, "LOOK_SECONDS", 1000)
    step = NextStep(kind=StepKind.EXPIRE, at=NOON + timedelta(seconds=1), generation=1)
    new: Any = [Timer(request_id="r", tenant="demo", version=1, step=step)]
    await watch.handle(new)
    memory.answering.set()
    async with asyncio.timeout(30):
        await memory.looked_again.wait()
    work.cancel()
    await asyncio.wait([work])
