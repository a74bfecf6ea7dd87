"""What was read of the log and is not applied yet: bounded, and merged by partition."""

import asyncio
from collections.abc import Sequence

from event_schemas.types import Entry
from kernel.chain import Admitted
from kernel.log_reader import LogBatch
from projections.view import Slice

MAX_RECORDS = 4000
MAX_BYTES = 32 * 1024 * 1024


def weight(admitted: Admitted) -> int:
    """The bytes of events that a record holds."""
    payload = admitted.payload
    return sum(len(e.body) for e in payload.events) if isinstance(payload, Entry) else 0


def slice_of(batches: Sequence[LogBatch]) -> Slice:
    """Batches of one partition that follow each other, as one slice; at least one."""
    admitted = [record for batch in batches for record in batch.admitted]
    last = batches[-1]
    before = admitted[0].before if admitted else last.head
    return Slice(last.partition, before, admitted, last.head, last.next_log_offset)


class Backlog:
    """Batches between the reader, which waits while it is full, and the one who applies them."""

    def __init__(self, max_records: int = MAX_RECORDS, max_bytes: int = MAX_BYTES) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._batches: dict[int, list[LogBatch]] = {}
        self._records: dict[int, int] = {}
        self._bytes: dict[int, int] = {}
        self._changed = asyncio.Condition()

    async def put(self, batch: LogBatch) -> None:
        """Adds a batch; waits first while the backlog is full."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._full())
            partition = batch.partition
            self._batches.setdefault(partition, []).append(batch)
            self._records[partition] = self._records.get(partition, 0) + len(batch.admitted)
            size = sum(map(weight, batch.admitted))
            self._bytes[partition] = self._bytes.get(partition, 0) + size
            self._changed.notify_all()

    async def take(self) -> list[Slice]:
        """All that is there, one slice per partition; waits until there is something."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._batches))
            taken = [slice_of(self._batches[partition]) for partition in sorted(self._batches)]
            for partition in list(self._batches):
                self._drop(partition)
            self._changed.notify_all()
            return taken

    async def forget(self, partition: int) -> None:
        """Drops what is there of a partition."""
        async with self._changed:
            self._drop(partition)
            self._changed.notify_all()

    def _drop(self, partition: int) -> None:
        self._batches.pop(partition, None)
        self._records.pop(partition, None)
        self._bytes.pop(partition, None)

    def _full(self) -> bool:
        records, size = sum(self._records.values()), sum(self._bytes.values())
        return records >= self._max_records or size >= self._max_bytes
