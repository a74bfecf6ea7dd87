"""What the buses have in common: a FastStream broker that starts once and stops in order."""

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from handraise.bus import Handler, agents_topic
from handraise.buses.delivery import Delivery

LOGGER = logging.getLogger("handraise.bus")
"""Where the brokers' libraries write; what they say of each message is for debugging."""


class Broker(Protocol):
    """As much of a FastStream broker as is common to all."""

    async def start(self) -> None:
        """Connect."""
        ...

    async def stop(self, exc_type: Any = None, exc_val: Any = None, exc_tb: Any = None) -> None:
        """Let go of everything."""
        ...


class BrokerBus:
    """The life of a bus: connects when it is first used; `close` ends it."""

    def __init__(self, broker: Broker) -> None:
        self._lifeline = broker
        self._deliveries: list[Delivery] = []
        self._starting = asyncio.Lock()
        self._started = False

    async def subscribe(self, topics: Sequence[str], handler: Handler, *, group: str) -> None:
        """Bring the events of these topics to the handler, from now on."""
        wanted = [agents_topic(topic) for topic in topics]
        if not wanted or not group:
            raise ValueError("A subscription needs topics and a group")
        await self._start()
        delivery = Delivery(handler)
        self._deliveries.append(delivery)
        await self._listen(wanted, delivery, group)

    async def close(self) -> None:
        """Stop bringing events, finish what is being sent, and disconnect."""
        for delivery in self._deliveries:
            delivery.close()
        await self._lifeline.stop()

    async def _listen(self, topics: Sequence[str], delivery: Delivery, group: str) -> None:
        raise NotImplementedError

    async def _start(self) -> None:
        async with self._starting:
            if not self._started:
                await self._lifeline.start()
                self._started = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def body_of(message: Any) -> bytes:
    """A FastStream decoder that leaves the bytes as they came."""
    return message.body
