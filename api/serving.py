"""Serves calls beside the parts that they rely on, and stops the server before those."""

import asyncio
from collections.abc import Sequence

from api.live.listening import Live
from kernel.service import Part, Readiness

CONDITION = "serving"


class Serving:
    """The part that is the whole front door: calls under way end before what they need does.

    When it is cancelled it says so at `/readyz`, lets those go who only wait, takes calls for
    `drain_seconds` more, until nobody sends any here, and then ends those under way.
    """

    def __init__(
        self,
        server: Part,
        live: Live,
        parts: Sequence[Part],
        readiness: Readiness,
        *,
        drain_seconds: float = 0,
    ) -> None:
        self._server = server
        self._live = live
        self._parts = parts
        self._readiness = readiness
        self._drain_seconds = drain_seconds

    async def run(self) -> None:
        """Works until cancelled, or until the server or a part fails, which it raises."""
        parts = [asyncio.create_task(part.run()) for part in self._parts]
        server = asyncio.create_task(self._server.run())
        self._readiness.set(CONDITION)
        try:
            done, _ = await asyncio.wait([server, *parts], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._readiness.set(CONDITION, holds=False)
            self._live.stop()
            await asyncio.wait([server], timeout=self._drain_seconds)
            server.cancel()
            await asyncio.wait([server])
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
