"""Sends the entries of one partition to the log, with a producer that is thrown away in doubt."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from kernel.kafka import discard, producer, topic_name, unreachable
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import LOG
from services.request_svc.writing.writer import Outgoing

log = logger()


class EntrySender:
    """One idempotent producer at a time; `failed` is called when a send did not succeed.

    A send's success is no evidence of anything; only reading the entry back is. Failure is doubt.
    """

    def __init__(self, settings: Settings, number: int, failed: Callable[[], None]) -> None:
        self._settings = settings
        self._number = number
        self._failed = failed
        self._producer: AIOKafkaProducer | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Makes sure that there is a producer.

        Raises:
            Unavailable: the broker is away.
        """
        if self._producer is None:
            self._producer = await producer(self._settings)

    async def send(self, entry: Outgoing) -> None:
        """Hands an entry to the producer, and does not wait for it."""
        assert self._producer is not None
        topic = topic_name(self._settings, LOG)
        try:
            future = await self._producer.send(topic, entry.value, partition=self._number)
        except (KafkaError, *unreachable) as error:
            log.warning("an entry could not be sent", partition=self._number, error=str(error))
            self._failed()
        else:
            future.add_done_callback(partial(self._sent, self._producer))

    def discard(self) -> None:
        """Closes the producer in the background; what it still sends is harmless."""
        if self._producer is not None:
            task = asyncio.create_task(discard(self._producer))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            self._producer = None

    def _sent(self, sender: AIOKafkaProducer, future: "asyncio.Future[Any]") -> None:
        lost = future.cancelled() or future.exception() is not None
        # What a producer thrown away could not send was doubted when it was thrown away.
        if lost and sender is self._producer:
            self._failed()
