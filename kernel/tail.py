"""Reads a changing set of partitions of one topic, each from the offset it is told.

Partitions are assigned and sought by hand, never by a group, and a position out of range is an
error, never a jump: what is lost must be noticed, not skipped.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from kernel.errors import Unavailable
from kernel.gathering import Gathering
from kernel.kafka import CONNECT_SECONDS, connection, stop_consumer, topic_name, unreachable
from kernel.settings import Settings
from kernel.topics import MIB, Topic

POLL_MS = 1000
PROBE_SECONDS = 10
PROBE_WAIT_MS = 10
RETRY_SECONDS = 0.5
ASSIGN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition, in order; `reconnected` if the connection was lost before them."""

    partition: int
    records: list[Any]
    reconnected: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first offset that a partition holds, and the one after its last."""

    first: int
    end: int


def _consumer(settings: Settings, wait_ms: int) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **connection(settings),
        auto_offset_reset="none",
        enable_auto_commit=False,
        isolation_level="read_uncommitted",
        fetch_max_wait_ms=wait_ms,
        max_partition_fetch_bytes=4 * MIB,
        request_timeout_ms=20000,
        metadata_max_age_ms=60000,
    )


class Tail:
    """Follows partitions of one topic to their ends and beyond.

    With `gather_ms`, at most one batch a partition comes in that time: records that trickle in are
    worth waiting for by whoever pays per batch. The first after a pause comes at once.
    """

    def __init__(self, settings: Settings, topic: Topic, *, gather_ms: int = 0) -> None:
        self._settings = settings
        self.topic = topic_name(settings, topic)
        self._consumer = _consumer(settings, settings.fetch_wait_ms)
        self._probe = _consumer(settings, PROBE_WAIT_MS)
        self._probing = asyncio.Lock()
        self._gathering = Gathering(gather_ms)
        self._assigning: asyncio.TimerHandle | None = None
        self._positions: dict[int, int] = {}
        self._followed: Counter[int] = Counter()
        self._paused: set[int] = set()
        self._changed = asyncio.Event()
        self._connections: tuple[Any, ...] = ()

    async def start(self) -> None:
        """Connects.

        Raises:
            Unavailable: the broker is away.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._consumer.start()
                await self._probe.start()
        except unreachable as error:
            await self.stop()
            raise Unavailable(f"Kafka at {self._settings.kafka} is away: {error}") from error

    async def stop(self) -> None:
        """Disconnects."""
        if self._assigning is not None:
            self._assigning.cancel()
        await stop_consumer(self._consumer)
        await stop_consumer(self._probe)

    def follow(self, partition: int, offset: int) -> None:
        """Reads a partition from this offset on, also where it is followed already."""
        known = partition in self._positions
        self._positions[partition] = offset
        self._followed[partition] += 1
        if self._assigned(partition):
            self._consumer.seek(TopicPartition(self.topic, partition), offset)
        if not known:
            self._assign_soon()

    def drop(self, partition: int) -> None:
        """Reads a partition no more."""
        if self._positions.pop(partition, None) is not None:
            self._followed[partition] += 1
            self._paused.discard(partition)
            self._assign_soon()

    def pause(self, partition: int) -> None:
        """Fetches nothing more of a partition until it is resumed."""
        if partition in self._positions and partition not in self._paused:
            self._paused.add(partition)
            if self._assigned(partition):
                self._consumer.pause(TopicPartition(self.topic, partition))

    def resume(self, partition: int) -> None:
        """Goes on with a paused partition."""
        if partition in self._paused:
            self._paused.discard(partition)
            if self._assigned(partition):
                self._consumer.resume(TopicPartition(self.topic, partition))

    def _assigned(self, partition: int) -> bool:
        return TopicPartition(self.topic, partition) in self._consumer.assignment()

    def _assign_soon(self) -> None:
        # The broker serves a connection's requests one after another, also a long poll that a new
        # assignment has made pointless: many changes at once must not queue up many of those.
        if self._assigning is None:
            loop = asyncio.get_running_loop()
            self._assigning = loop.call_later(ASSIGN_SECONDS, self._assign)

    def _assign(self) -> None:
        self._assigning = None
        # A new assignment forgets every position and pause, so each is told again.
        partitions = [TopicPartition(self.topic, p) for p in self._positions]
        self._consumer.assign(partitions)
        for partition in partitions:
            self._consumer.seek(partition, self._positions[partition.partition])
        paused = [p for p in partitions if p.partition in self._paused]
        if paused:
            self._consumer.pause(*paused)
        self._changed.set()

    async def batches(self) -> AsyncIterator[Batch]:
        """Batches of records as they come, for ever.

        Raises:
            OffsetOutOfRangeError: a partition no longer holds, or does not yet hold, its position.
        """
        while True:
            if not self._positions:
                self._changed.clear()
                await self._changed.wait()
            fetched = await self._gathering.poll(self._consumer, timeout_ms=POLL_MS)
            reconnected = bool(fetched) and self._reconnected()
            followed = self._followed.copy()
            for where, records in fetched.items():
                partition = where.partition
                expected = self._positions.get(partition)
                # Told meanwhile to read elsewhere, or nothing more: it is fetched from there.
                if expected is None or self._followed[partition] != followed[partition]:
                    continue
                # A new assignment, made while others of this fetch were handed on, reads again from
                # what was known then: some of it twice, and behind it what is new.
                new = [record for record in records if record.offset >= expected]
                if new:
                    self._positions[partition] = new[-1].offset + 1
                    yield Batch(partition, new, reconnected)

    def _reconnected(self) -> bool:
        # aiokafka tells nobody of a reconnect, and a topic may have been cut meanwhile.
        client: Any = self._consumer._client  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        now = tuple(client._conns.values())  # noqa: SLF001
        before, self._connections = self._connections, now
        return bool(before) and any(all(c is not old for old in before) for c in now)

    def position(self, partition: int) -> int:
        """The offset of the next record of a followed partition."""
        return self._positions[partition]

    def end_told(self, partition: int) -> int | None:
        """The offset after a followed partition's last record, as the latest fetch told it."""
        if not self._assigned(partition):
            return None
        return self._consumer.highwater(TopicPartition(self.topic, partition))

    async def bounds(self, partition: int) -> Bounds:
        """What a partition holds now.

        Raises:
            Unavailable: the broker is away.
        """
        where = TopicPartition(self.topic, partition)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                first = await self._probe.beginning_offsets([where])
                end = await self._probe.end_offsets([where])
        except (KafkaError, *unreachable) as error:
            raise Unavailable(f"the bounds of {where} can't be read: {error}") from error
        return Bounds(first[where], end[where])

    async def read_surely(self, partition: int, offset: int) -> Any | None:
        """As `read_one`, tried again for as long as the broker is away."""
        while True:
            try:
                return await self.read_one(partition, offset)
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)

    async def read_one(self, partition: int, offset: int) -> Any | None:
        """The record at an offset, or None where the partition holds none there.

        Raises:
            Unavailable: the broker is away.
        """
        bounds = await self.bounds(partition)
        if not bounds.first <= offset < bounds.end:
            return None
        where = TopicPartition(self.topic, partition)
        async with self._probing:
            self._probe.assign([where])
            self._probe.seek(where, offset)
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    record = await self._probe.getone(where)
            except OffsetOutOfRangeError:
                return None
            except (KafkaError, *unreachable) as error:
                raise Unavailable(f"{where} at {offset} can't be read: {error}") from error
            finally:
                self._probe.unsubscribe()  # or it would poll on, and delay whoever asks next
        return record if record.offset == offset else None
