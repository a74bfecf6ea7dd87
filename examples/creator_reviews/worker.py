"""Does what is due: at the start, when told to, and now and then."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_log = logging.getLogger("creator_reviews")


class Worker:
    """Calls `turn` again and again; what fails is tried at the next turn."""

    def __init__(self, turn: Callable[[], Awaitable[None]], every_seconds: float) -> None:
        self._turn = turn
        self._every_seconds = every_seconds
        self._bell = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._bell.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._bell.clear()
            try:
                await self._turn()
            except Exception:  # noqa: BLE001  whatever it is, the next turn tries again
                _log.exception("What is due could not be done just now")
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._bell.wait()
            except TimeoutError:
                continue
