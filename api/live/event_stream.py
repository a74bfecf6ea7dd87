"""Sends a stream of events to a client, and lets one go that is gone or takes them too slowly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.live.audience import Stream

MEDIA_TYPE = "text/event-stream"
LAST_WORDS_SECONDS = 1


class EventStream(Response):
    """An answer of server-sent events: `join` opens the stream, `pieces` gives what to send of it.

    It ends when the pieces do, when the client hangs up, or when its buffer has run over.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        join: AbstractContextManager[Stream],
        pieces: Callable[[Stream], AsyncIterator[bytes]],
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._join = join
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams to the end."""
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        with self._join as stream:
            tasks = [
                asyncio.create_task(_send(self._pieces(stream), send)),
                asyncio.create_task(_hung_up(receive)),
                asyncio.create_task(_run_over(stream)),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
        with suppress(TimeoutError):
            # Who reads nothing does not hear this either.
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        for task in done:
            task.result()


async def _send(pieces: AsyncIterator[bytes], send: Send) -> None:
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _run_over(stream: Stream) -> None:
    await stream.overflowed.wait()
