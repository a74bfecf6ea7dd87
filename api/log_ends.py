"""Asks the broker where the log ends, so that a view's lag can be told from a miss."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from kernel.errors import Unavailable
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.tail import Tail
from kernel.telemetry import logger
from kernel.topics import LOG

log = logger()
CONDITION = "log"
RECONNECT_SECONDS = 1
ASK_SECONDS = 1
CATCH_UP_SECONDS = 1.0
LOOK_SECONDS = 0.05


class LogEnds:
    """The part that knows the ends of the log's partitions."""

    def __init__(self, settings: Settings, readiness: Readiness) -> None:
        self._settings = settings
        self._readiness = readiness
        self._tail: Tail | None = None

    async def run(self) -> None:
        """Connects, as often as it takes, and stays until cancelled."""
        while True:
            tail = Tail(self._settings, LOG)
            try:
                await tail.start()
                break
            except Unavailable as error:
                log.warning("the broker is away", error=str(error))
                await asyncio.sleep(RECONNECT_SECONDS)
        self._tail = tail
        self._readiness.set(CONDITION)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._tail = None
            await tail.stop()

    async def end_of(self, partition: int) -> int | None:
        """The offset after the last record, or None where the broker can't be asked."""
        if self._tail is None:
            return None
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return (await self._tail.bounds(partition)).end
        except (Unavailable, TimeoutError):
            return None

    async def are_in(self, positions: Callable[[], Awaitable[Mapping[int, int]]]) -> bool:
        """Whether a view shows all that the log held when this was called; it gets a second.

        `positions` tells the first offset of each partition that the view has not read. False, too,
        where the broker can't be asked.
        """
        ends = [await self.end_of(partition) for partition in range(self._settings.partitions)]
        until = asyncio.get_running_loop().time() + CATCH_UP_SECONDS
        while None not in ends:
            standing = await positions()
            if all(standing.get(p, 0) >= (end or 0) for p, end in enumerate(ends)):
                return True
            if asyncio.get_running_loop().time() > until:
                break
            await asyncio.sleep(LOOK_SECONDS)
        return False
