"""How an event that a broker brought reaches its handler: again and again until it took it."""

import asyncio
import logging
import secrets

from handraise.bus import Handler
from handraise.events import Event

_log = logging.getLogger("handraise")

_FIRST_SECONDS = 0.2
_LONGEST_SECONDS = 30.0


class Delivery:
    """Brings events to one handler, in order; stops when the bus is closed."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._closed = asyncio.Event()

    def close(self) -> None:
        """End the waiting between tries: the event stays with the broker."""
        self._closed.set()

    async def bring(self, body: bytes) -> None:
        """Hand a message's event to the handler until it returns.

        What is no event is passed over, for no retry would make it one. Raises what the handler
        raised last if the bus is closed meanwhile, so that the broker keeps the event.
        """
        try:
            event = Event.decode(body)
        except ValueError:
            _log.warning("Passed over a message that is no event", exc_info=True)
            return
        pause_seconds = _FIRST_SECONDS
        while True:
            try:
                await self._handler(event)
                return
            except Exception:
                _log.warning("Event %s will be tried again", event.event_id, exc_info=True)
                if await self._closes_within(pause_seconds * _jitter()):
                    raise
            pause_seconds = min(_LONGEST_SECONDS, pause_seconds * 2)

    async def _closes_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return False
        return True


def _jitter() -> float:
    return 0.5 + secrets.randbelow(1000) / 2000
