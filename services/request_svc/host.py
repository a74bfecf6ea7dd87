"""Runs the shards of the partitions that this process owns, and feeds them from two readers."""

import asyncio
from typing import Any

from aiokafka.errors import OffsetOutOfRangeError
from prometheus_client import Gauge

from kernel.chain import genesis
from kernel.errors import CommandsLost, LogCut, Unavailable
from kernel.kafka import topic_name
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.tail import Batch, Tail
from kernel.telemetry import logger
from kernel.topics import COMMANDS, LOG
from services.request_svc.checkpoints.saving import EVERY_ENTRIES, Checkpointing
from services.request_svc.checkpoints.store import CheckpointStore
from services.request_svc.follower import Follower
from services.request_svc.relaying.positions import RelayPositions
from services.request_svc.relaying.relay import Relay
from services.request_svc.relaying.sender import RelaySender
from services.request_svc.shard import Gear, Phase, Shard
from services.request_svc.writing.partition import Partition
from services.request_svc.writing.ruling import Place
from services.request_svc.writing.writer import Writer

log = logger()
undecided = Gauge("handraise_commands_undecided", "Commands without an entry yet", ["partition"])
owned_partitions = Gauge("handraise_partitions_owned", "Partitions that this process decides")
LINGER_SECONDS = 60
COMMIT_SECONDS = 1


class Host:
    """The part that holds the shards."""

    def __init__(
        self,
        settings: Settings,
        readiness: Readiness,
        checkpoints: CheckpointStore,
        *,
        checkpoint_every: int = EVERY_ENTRIES,
    ) -> None:
        self._settings = settings
        self._readiness = readiness
        self._checkpoints = checkpoints
        self._checkpoint_every = checkpoint_every
        self._positions = RelayPositions(settings)
        self._sender = RelaySender(settings)
        self._gear = Gear(settings, Tail(settings, LOG), Tail(settings, COMMANDS))
        self._shards: dict[int, Shard] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._owned: frozenset[int] = frozenset()
        self._owns = asyncio.Event()

    def changed(self, owned: frozenset[int]) -> None:
        """Learns what is owned now; a shard that is given up lingers, and may be given back."""
        self._owned = owned
        owned_partitions.set(len(owned))
        for number, shard in self._shards.items():
            shard.own(owned=number in owned)
        self._owns.set()

    def progress(self) -> dict[int, int]:
        """Per partition, the offset of the next command to decide."""
        return {n: shard.writer.next_command_offset for n, shard in self._shards.items()}

    async def run(self) -> None:
        """Works until cancelled."""
        await self._connect()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_log())
                group.create_task(self._read_commands())
                group.create_task(self._note_positions())
                group.create_task(self._report())
                await self._keep_shards(group)
        finally:
            await self._sender.stop()
            await self._positions.stop()
            await self._gear.log_tail.stop()
            await self._gear.command_tail.stop()

    async def _connect(self) -> None:
        while True:
            try:
                await self._gear.log_tail.start()
                await self._gear.command_tail.start()
            except Unavailable as error:
                log.warning("waiting for the broker", error=str(error))
                await asyncio.sleep(1)
                # A consumer that failed to start can't be started again.
                self._gear = Gear(
                    self._settings, Tail(self._settings, LOG), Tail(self._settings, COMMANDS)
                )
            else:
                return

    # Shards -----------------------------------------------------------------------------------

    async def _keep_shards(self, group: asyncio.TaskGroup) -> None:
        while True:
            for number in sorted(self._owned - self._tasks.keys()):
                self._tasks[number] = group.create_task(self._run_shard(number))
            for number in self._tasks.keys() - self._owned:
                group.create_task(self._drop_later(number))
            self._owns.clear()
            await self._owns.wait()

    async def _run_shard(self, number: int) -> None:
        try:
            shard = await self._restored(number)
            shard.own(owned=number in self._owned)
            self._shards[number] = shard
            await shard.run()
        finally:
            self._shards.pop(number, None)
            self._tasks.pop(number, None)
            self._owns.set()  # It may have been given back while it ended.

    async def _restored(self, number: int) -> Shard:
        while True:
            try:
                return await self._restore(number)
            except Unavailable as error:
                log.warning("waiting for the broker", partition=number, error=str(error))
                await asyncio.sleep(1)

    async def _restore(self, number: int) -> Shard:
        partition = await self._checkpoints.newest(number) or self._from_nothing(number)
        start = await self._positions.start_of(number, partition.head)
        log.info("restored", partition=number, log_offset=partition.head.log_offset)
        gear = self._gear
        writer = Writer(partition, Place(number, self._settings.partitions))
        follower = Follower(
            number,
            writer=writer,
            relay=Relay(self._sender, start.offset, start.hash),
            checkpointing=Checkpointing(self._checkpoints, self._checkpoint_every),
            log_tail=gear.log_tail,
            command_tail=gear.command_tail,
        )
        return Shard(number, writer, follower, gear)

    def _from_nothing(self, number: int) -> Partition:
        name = topic_name(self._settings, LOG)
        return Partition.empty(genesis(name, number, self._settings.partitions))

    async def _drop_later(self, number: int) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        if number not in self._owned and number in self._tasks:
            self._tasks[number].cancel()

    # Readers ----------------------------------------------------------------------------------

    async def _read_log(self) -> None:
        while True:
            try:
                async for batch in self._gear.log_tail.batches():
                    await self._observe(batch)
            except OffsetOutOfRangeError as error:
                self._fail(error, self._gear.log_tail, LogCut)

    async def _observe(self, batch: Batch) -> None:
        shard = self._shards.get(batch.partition)
        if shard is not None:
            await shard.observe(batch.records, reconnected=batch.reconnected)

    async def _read_commands(self) -> None:
        while True:
            try:
                async for batch in self._gear.command_tail.batches():
                    shard = self._shards.get(batch.partition)
                    if shard is not None:
                        shard.offer(batch.records)
            except OffsetOutOfRangeError as error:
                self._fail(error, self._gear.command_tail, CommandsLost)

    def _fail(self, error: Any, tail: Tail, kind: type[LogCut] | type[CommandsLost]) -> None:
        """One partition out of range must not stop the others."""
        for where, offset in error.args[0].items():
            tail.drop(where.partition)
            shard = self._shards.get(where.partition)
            if shard is not None:
                shard.fail(kind(f"{where} no longer holds, or does not yet hold, {offset}"))

    # Telling ----------------------------------------------------------------------------------

    async def _note_positions(self) -> None:
        noted: dict[int, tuple[int, bytes | None]] = {}
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            owned = {n: shard for n, shard in self._shards.items() if n in self._owned}
            self._measure()
            now = {n: shard.relay.noted() for n, shard in owned.items()}
            moved = {n: where for n, where in now.items() if noted.get(n) != where}
            if not moved:
                continue
            try:
                await self._positions.commit(moved)
                noted.update(moved)
            except Unavailable as error:
                log.info("the relay's position is noted later", error=str(error))

    def _measure(self) -> None:
        for number, following in self.progress().items():
            end = self._gear.command_tail.end_told(number)
            if end is not None:
                undecided.labels(str(number)).set(max(end - following, 0))

    async def _report(self) -> None:
        while True:
            deciding = {n for n, s in self._shards.items() if s.phase is Phase.DECIDING}
            self._readiness.set("deciding", holds=bool(self._owned) and self._owned <= deciding)
            await asyncio.sleep(0.1)
