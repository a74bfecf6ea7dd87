"""Sends what follows from the log, for all partitions of a process, with one producer."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from kernel.errors import Unavailable
from kernel.kafka import discard, producer, topic_name, unreachable
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import PUBLIC
from kernel.tracing.trace_context import headers_for
from kernel.wire import Wire
from services.request_svc.relaying.outputs import Output

log = logger()
relayed = Counter("handraise_relayed", "Records sent to topics, replies included", ["topic"])


class RelaySender:
    """Holds the producer and makes a new one when it has failed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wire = Wire.configured(settings)
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def send(self, output: Output, done: Callable[[bool], None]) -> None:
        """Hands a record to the producer; `done` is told later whether the broker holds it.

        Raises:
            Unavailable: the broker or the schema registry is away; `done` will not be called.
        """
        public = output.topic in PUBLIC
        value = await self._wire.framed(output.value) if public else output.value
        sender = await self._current()
        topic = topic_name(self._settings, output.topic)
        try:
            future = await sender.send(
                topic,
                value,
                key=output.key,
                partition=output.partition,
                headers=headers_for(output.traceparent),
            )
        except (KafkaError, *unreachable) as error:
            self._drop(sender)
            raise Unavailable(f"{topic} could not be written: {error}") from error

        def settled(sent: "asyncio.Future[Any]") -> None:
            held = not sent.cancelled() and sent.exception() is None
            if held:
                relayed.labels(output.topic.name).inc()
            else:
                self._drop(sender)
            done(held)

        future.add_done_callback(settled)

    async def stop(self) -> None:
        """Closes the producer and the connections to the registry."""
        await self._wire.close()
        if self._producer is not None:
            await discard(self._producer)
        for task in self._closing:
            task.cancel()

    async def _current(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                self._producer = await producer(self._settings)
            return self._producer

    def _drop(self, failed: AIOKafkaProducer) -> None:
        # A failed idempotent producer may refuse its partition for ever, so it is not used again.
        if self._producer is failed:
            self._producer = None
            task = asyncio.create_task(discard(failed))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
