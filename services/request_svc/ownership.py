"""Learns from a consumer group which partitions this process owns, and nothing else.

The group's members read nothing through it: commands and log are read by offset. Its committed
offsets are a measure of lag for people and autoscalers.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError

from kernel.errors import Unavailable
from kernel.kafka import CONNECT_SECONDS, connection, stop_consumer, topic_name, unreachable
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import COMMANDS

log = logger()
GROUP = "handraise-request-svc"
COMMIT_SECONDS = 5


class _Listener(ConsumerRebalanceListener):
    def __init__(self, owner: "Ownership") -> None:
        self._owner = owner

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        self._owner.changed(frozenset())

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None:
        self._owner.changed(frozenset(where.partition for where in assigned))


class Ownership:
    """The part that keeps up the membership and tells of each change.

    `changed` is called with the partitions owned from now on; `lag` gives, per owned partition,
    the offset to be committed.
    """

    def __init__(
        self,
        settings: Settings,
        changed: Callable[[frozenset[int]], None],
        progress: Callable[[], dict[int, int]],
    ) -> None:
        self._settings = settings
        self._topic = topic_name(settings, COMMANDS)
        self._progress = progress
        self.changed = changed

    async def run(self) -> None:
        """Is a member until cancelled; while the broker is away, nothing is owned."""
        while True:
            try:
                await self._belong()
            except (KafkaError, Unavailable, *unreachable) as error:
                log.warning("membership lost", error=str(error))
            finally:
                self.changed(frozenset())
            await asyncio.sleep(1)

    async def _belong(self) -> None:
        settings = self._settings
        consumer = AIOKafkaConsumer(
            **connection(settings),
            group_id=settings.topic_prefix + GROUP,
            group_instance_id=settings.instance or None,
            partition_assignment_strategy=[StickyPartitionAssignor],
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=settings.session_timeout_ms // 4,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        consumer.subscribe([self._topic], listener=_Listener(self))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await consumer.start()
            while True:
                assigned = consumer.assignment()
                if assigned:
                    consumer.pause(*assigned)
                await consumer.getmany(timeout_ms=COMMIT_SECONDS * 1000)
                await self._commit(consumer)
        finally:
            await stop_consumer(consumer)

    async def _commit(self, consumer: Any) -> None:
        mine = {where.partition: where for where in consumer.assignment()}
        offsets = {mine[p]: offset for p, offset in self._progress().items() if p in mine}
        try:
            if offsets:
                await consumer.commit(offsets)
        except KafkaError as error:
            # Only a measure is late; nothing is decided by it.
            log.info("lag could not be committed", error=str(error))
