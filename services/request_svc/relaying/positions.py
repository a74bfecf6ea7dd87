"""Where the relay stands: the committed offsets of its group, with the head's hash beside them."""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from kernel.chain import Head
from kernel.errors import Unavailable
from kernel.kafka import CONNECT_SECONDS, connection, stop_consumer, topic_name, unreachable
from kernel.settings import Settings
from kernel.topics import LOG

GROUP = "handraise-relay"


@dataclass(frozen=True, slots=True)
class RelayStart:
    """The log offset to relay from, and the head's hash noted there (None: nothing was noted)."""

    offset: int
    hash: bytes | None


class RelayPositions:
    """Reads and commits the positions; the group has no members, it only remembers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._group = settings.topic_prefix + GROUP
        self._topic = topic_name(settings, LOG)
        self._consumer: AIOKafkaConsumer | None = None

    async def start_of(self, partition: int, checkpoint: Head) -> RelayStart:
        """Where to relay from: the noted position, or what the checkpoint proves relayed.

        Raises:
            Unavailable: the broker is away.
        """
        admin = AIOKafkaAdminClient(**connection(self._settings))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await admin.start()
                where = TopicPartition(self._topic, partition)
                noted = await admin.list_consumer_group_offsets(self._group, partitions=[where])
        except (KafkaError, *unreachable) as error:
            raise Unavailable(f"the relay's position can't be read: {error}") from error
        finally:
            await admin.close()
        found = noted.get(where)
        proven = RelayStart(checkpoint.log_offset + 1, checkpoint.hash)
        if found is None or found.offset < proven.offset:
            return proven if checkpoint.log_offset >= 0 else RelayStart(0, None)
        return RelayStart(found.offset, bytes.fromhex(found.metadata) or None)

    async def commit(self, positions: dict[int, tuple[int, bytes | None]]) -> None:
        """Notes positions with the hash of the last admitted record before each.

        Raises:
            Unavailable: the broker did not take them.
        """
        noted = {
            TopicPartition(self._topic, partition): OffsetAndMetadata(
                offset, "" if head is None else head.hex()
            )
            for partition, (offset, head) in positions.items()
        }
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                consumer = await self._connected()
                self._assign(consumer, noted)
                await consumer.commit(noted)
        except (KafkaError, *unreachable) as error:
            await self.stop()
            raise Unavailable(f"the relay's position can't be noted: {error}") from error

    def _assign(self, consumer: AIOKafkaConsumer, noted: dict[TopicPartition, Any]) -> None:
        # Only what is assigned can be committed. It is sought and paused, or it would be fetched.
        assigned = consumer.assignment()
        if noted.keys() <= assigned:
            return
        consumer.assign([*assigned, *(noted.keys() - assigned)])
        for where in consumer.assignment():
            consumer.seek(where, 0)
            consumer.pause(where)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                **connection(self._settings),
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="latest",
            )
            await self._consumer.start()
        return self._consumer

    async def stop(self) -> None:
        """Disconnects."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await stop_consumer(consumer)
