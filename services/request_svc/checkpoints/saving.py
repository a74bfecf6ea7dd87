"""Writes a partition's checkpoint now and then: whole, true, and only up to what is relayed."""

import asyncio
from typing import Protocol

from prometheus_client import Counter

from kernel.telemetry import logger
from services.request_svc.checkpoints.checkpoint import dump
from services.request_svc.checkpoints.store import CheckpointStore
from services.request_svc.writing.partition import Contents, Partition

log = logger()
written = Counter("handraise_checkpoints_written", "Checkpoints kept", ["partition"])
# A restart folds what came since, some 8,000 entries a second for all partitions together; a dump
# takes longer the more requests are held. So the pace follows the size, within bounds.
EVERY_ENTRIES = 1_000
MOST_ENTRIES = 5_000
HELD_PER_ENTRY = 10
LOOK_SECONDS = 1.0


class Checkpointed(Protocol):
    """What is needed of a shard."""

    number: int

    @property
    def confirmed(self) -> Partition:
        """The confirmed state."""
        ...

    @property
    def relayed_to(self) -> int:
        """The log offset up to which everything that follows is sent."""
        ...


class Checkpointing:
    """Counts entries and writes when enough have come."""

    def __init__(self, store: CheckpointStore, every_entries: int = EVERY_ENTRIES) -> None:
        self._store = store
        self._every = every_entries
        self._since = 0

    def entry_applied(self) -> None:
        """Counts one admitted entry."""
        self._since += 1

    async def run(self, shard: Checkpointed) -> None:
        """Writes checkpoints until cancelled."""
        taken: Contents | None = None
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if taken is None and self._since >= self._due(shard.confirmed):
                self._since = 0
                taken = shard.confirmed.snapshot()
            if taken is not None and shard.relayed_to > taken.head.log_offset:
                await self._write(shard.number, taken)
                taken = None

    def _due(self, confirmed: Partition) -> int:
        return max(self._every, min(MOST_ENTRIES, confirmed.held // HELD_PER_ENTRY))

    async def _write(self, number: int, contents: Contents) -> None:
        checkpoint = await asyncio.to_thread(dump, contents)
        if await self._store.write(number, checkpoint):
            written.labels(str(number)).inc()
            log.info("checkpoint kept", partition=number, log_offset=checkpoint.log_offset)
