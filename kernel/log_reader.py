"""Reads the log as it must be read: verified heads, and only the records that extend the chain."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from prometheus_client import Counter

from kernel.chain import Admitted, Head, admit, genesis, verify_stored
from kernel.errors import LogCut
from kernel.kafka import topic_name
from kernel.settings import Settings
from kernel.tail import Tail
from kernel.topics import LOG

noise = Counter("handraise_log_noise", "Log records that did not extend the chain", ["partition"])


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Admitted records of one partition in order, and where that leaves the reader.

    `next_log_offset` may lie past the last admitted record, where noise follows it.
    """

    partition: int
    admitted: list[Admitted]
    head: Head
    next_log_offset: int


class LogReader:
    """Follows partitions of the log from their heads."""

    def __init__(self, settings: Settings, *, gather_ms: int = 0) -> None:
        self._settings = settings
        self._tail = Tail(settings, LOG, gather_ms=gather_ms)
        self._heads: dict[int, Head] = {}

    async def start(self) -> None:
        """Connects.

        Raises:
            Unavailable: the broker is away.
        """
        await self._tail.start()

    async def stop(self) -> None:
        """Disconnects."""
        await self._tail.stop()

    def genesis(self, partition: int) -> Head:
        """The head before the first record of a partition."""
        settings = self._settings
        return genesis(topic_name(settings, LOG), partition, settings.partitions)

    async def follow(self, partition: int, head: Head) -> None:
        """Reads a partition on from a head, once the log is seen to still hold it.

        Raises:
            LogCut: the log does not hold the head any more.
            Unavailable: the broker is away.
        """
        await self._verify(partition, head)
        self._heads[partition] = head
        self._tail.follow(partition, head.log_offset + 1)

    def drop(self, partition: int) -> None:
        """Reads a partition no more."""
        self._heads.pop(partition, None)
        self._tail.drop(partition)

    async def ends(self, partition: int) -> int:
        """The offset after the partition's last record, as of now."""
        return (await self._tail.bounds(partition)).end

    async def batches(self) -> AsyncIterator[LogBatch]:
        """Admitted records as they come, for ever; noise is counted.

        Raises:
            LogCut: the log was cut behind the reader.
            Unreadable: an admitted record can't be read by this release.
        """
        async for batch in self._tail.batches():
            head = self._heads.get(batch.partition)
            if head is None:
                continue
            if batch.reconnected:
                # Noise behind the head may have been cut off, and entries stand there now.
                await self._verify(batch.partition, head)
                self._tail.follow(batch.partition, head.log_offset + 1)
                continue
            admitted: list[Admitted] = []
            for record in batch.records:
                found = admit(head, record.value or b"", record.offset)
                if found is None:
                    noise.labels(str(batch.partition)).inc()
                else:
                    admitted.append(found)
                    head = found.after
            self._heads[batch.partition] = head
            yield LogBatch(batch.partition, admitted, head, batch.records[-1].offset + 1)

    async def _verify(self, partition: int, head: Head) -> None:
        if head.log_offset < 0:
            if head != self.genesis(partition):
                raise LogCut(f"the head of partition {partition} belongs to another log")
            return
        record = await self._tail.read_one(partition, head.log_offset)
        verify_stored(head, None if record is None else record.value)
