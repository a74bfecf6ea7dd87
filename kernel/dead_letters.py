"""Puts what could not be read or handled where an operator can see it, with cause and origin."""

import asyncio
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from event_schemas.types import DeadLetter
from kernel.clock import Clock, utc_now
from kernel.codec import encode
from kernel.errors import Unavailable
from kernel.kafka import topic_name, unreachable
from kernel.settings import Settings
from kernel.topics import DEAD_LETTERS, KIB

dead = Counter("handraise_dead_letters", "Records given up", ["topic", "cause"])
VALUE_MAX_BYTES = 512 * KIB
SEND_SECONDS = 5


def code_version() -> str:
    """The version of the code that runs."""
    try:
        return version("handraise-platform")
    except PackageNotFoundError:
        return "unpackaged"


class DeadLetters:
    """Writes dead letters with the service's producer; asking for it may raise Unavailable."""

    def __init__(
        self, settings: Settings, producer: Callable[[], AIOKafkaProducer], clock: Clock = utc_now
    ) -> None:
        self._topic = topic_name(settings, DEAD_LETTERS)
        self._producer = producer
        self._clock = clock

    async def bury(self, record: Any, cause: str, detail: str) -> None:
        """Writes a consumed record to the dead letters; durable when it returns.

        Raises:
            Unavailable: the broker did not take it in time.
        """
        letter = DeadLetter(
            origin_topic=record.topic,
            origin_partition=record.partition,
            origin_offset=record.offset,
            key=record.key,
            value=None if record.value is None else record.value[:VALUE_MAX_BYTES],
            cause=cause,
            detail=detail[:2000].encode("utf-8", "replace").decode(),  # no lone surrogates
            code_version=code_version(),
            at=self._clock(),
        )
        try:
            sent = self._producer().send_and_wait(self._topic, encode(letter), key=record.key)
            await asyncio.wait_for(sent, SEND_SECONDS)
        except (KafkaError, *unreachable) as error:
            raise Unavailable(f"a dead letter could not be written: {error}") from error
        dead.labels(record.topic, cause).inc()
