"""Serves calls beside the parts that they rely on, and stops the server before those."""

import asyncio
from collections.abc import Sequence

from api.live import Live
from kernel.service import Part


class Serving:
    """The part that is the whole front door: calls under way end before what they need does."""

    def __init__(self, server: Part, live: Live, parts: Sequence[Part]) -> None:
        self._server = server
        self._live = live
        self._parts = parts

    async def run(self) -> None:
        """Works until cancelled, or until the server or a part fails, which it raises."""
        parts = [asyncio.create_task(part.run()) for part in self._parts]
        server = asyncio.create_task(self._server.run())
        try:
            done, _ = await asyncio.wait([server, *parts], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._live.stop()
            server.cancel()
            await asyncio.wait([server])
            for part in parts:
                part.cancel()
            await asyncio.wait(parts)
