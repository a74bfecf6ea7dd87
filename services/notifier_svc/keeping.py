"""Looks after held deliveries: what goes in another's place, and what summaries have said."""

import asyncio

from kernel.clock import Clock, utc_now
from kernel.errors import Unavailable
from kernel.outbound.clerk import Clerk
from kernel.outbound.reserve import HeldStore
from kernel.telemetry import logger
from services.notifier_svc.fallback import REPORTS_ARRIVAL, Fate, First, fate

log = logger()
LOOK_SECONDS = 1.0


class Keeper:
    """The part that decides about held deliveries, a moment after what they wait for."""

    def __init__(self, held: HeldStore, clerk: Clerk, clock: Clock = utc_now) -> None:
        self._held = held
        self._clerk = clerk
        self._clock = clock

    async def run(self) -> None:
        """Looks now and then, until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.warning("held deliveries can't be looked after", error=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Decides about what can be decided now.

        Raises:
            Unavailable: the database is away.
        """
        now = self._clock()
        fates: dict[Fate, list[str]] = {one: [] for one in Fate}
        for one in await self._held.in_reserve(sorted(REPORTS_ARRIVAL)):
            first = First(channel=one.channel, standing=one.standing, receipt=one.receipt)
            fates[fate(first, now=now, patience_ends=one.patience_ends)].append(one.id)
        if fates[Fate.GOES]:
            await self._held.go(fates[Fate.GOES])
        if fates[Fate.DROPS]:
            await self._held.drop(fates[Fate.DROPS])
        self._clerk.settled(await self._held.said_in_summaries())
