"""HTTP/1.1 with limits that hold before there is a call: a head has a size and a time.

Without them a client could send a header that never ends, or one byte a minute, at no cost.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10
_refusals = {
    408: b"HTTP/1.1 408 Request Timeout\r\n",
    431: b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
}


class GuardedProtocol(HttpToolsProtocol):
    """One connection; it is closed if a head gets too long or does not come to its end in time."""

    _heading = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """The first head must come soon."""
        super().connection_made(transport)
        self._begin_head()

    def data_received(self, data: bytes) -> None:
        """Counts what comes before a head's end."""
        if self._heading:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._heading and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        if self._timer is None:
            self._begin_head()

    def on_headers_complete(self) -> None:
        """A head has ended; from here on the app has its own limits."""
        self._end_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another head, whenever it comes."""
        super().on_message_complete()
        self._heading, self._head_bytes = True, 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._end_head()
        super().connection_lost(exc)

    def _begin_head(self) -> None:
        self._heading, self._head_bytes = True, 0
        self._timer = self.loop.call_later(HEAD_SECONDS, self._refuse, 408)

    def _end_head(self) -> None:
        self._heading = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int) -> None:
        self._end_head()
        if not self.transport.is_closing():
            self.transport.write(_refusals[status] + b"connection: close\r\n\r\n")
            self.transport.close()
