"""Builds a view from the first record of the log, in a schema beside the live one."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from kernel.errors import Unavailable
from kernel.log_reader import LogBatch, LogReader
from kernel.settings import Settings
from projections.applier import Applier
from projections.backlog import Backlog, weight
from projections.database import connected
from projections.fresh import create_fresh
from projections.positions import Position, begin, positions
from projections.view import View
from projections.work import together

BATCH_RECORDS = 5_000
BATCH_BYTES = 64 * 1024 * 1024
# A request is written once for all that happens to it in so many rows' time.
COMMIT_ROWS = 20_000
COMMIT_BYTES = 64 * 1024 * 1024
# A log that has more, and says nothing for so long, is not going to: better an error than a wait.
SILENCE_SECONDS = 60.0
PATIENT = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "maintenance_work_mem": "256MB",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: log records read, of how many, and at what rate per second."""

    done: int
    total: int
    per_second: float

    @property
    def seconds_left(self) -> float:
        """When it will be there, at this rate."""
        return (self.total - self.done) / self.per_second if self.per_second else 0.0


Show = Callable[[Progress], None]


class Build:
    """A view under construction: it goes forward to whichever place in the log it is told."""

    def __init__(self, connection: Any, applier: Applier, reader: LogReader, show: Show) -> None:
        self.connection = connection
        self._applier = applier
        self._reader = reader
        self._show = show
        self._started = time.monotonic()

    async def begin(self, partitions: int) -> None:
        """Sets every partition to its beginning."""
        await begin(self.connection, [(p, self._reader.genesis(p)) for p in range(partitions)])

    async def watch(self, goals: Mapping[int, int], look_seconds: float) -> None:
        """Shows how far others bring the build, until cancelled."""
        while True:
            await asyncio.sleep(look_seconds)
            self._tell(sum(goals.values()) - await self.behind(goals), goals)

    def _tell(self, done: int, goals: Mapping[int, int]) -> None:
        seconds = time.monotonic() - self._started
        rate = done / seconds if seconds else 0.0
        self._show(Progress(done, sum(goals.values()), rate))

    async def reach(
        self, goals: Mapping[int, int], *, silence_seconds: float = SILENCE_SECONDS
    ) -> None:
        """Reads each partition up to the log offset that is its goal, and not beyond.

        Raises:
            LogCut: the log lost what was read of it.
            Unavailable: there is more to read, and nothing came for `silence_seconds`.
            Unreadable: an admitted record can't be read by this release.
        """
        at = await positions(self.connection)
        left = {p for p, goal in goals.items() if at[p].read_to < goal}
        if not left:
            return
        backlog = Backlog(BATCH_RECORDS, BATCH_BYTES)
        for partition in left:
            await self._reader.follow(partition, at[partition].head)
        reading = self._read(goals, left, backlog, silence_seconds)
        await together(reading, self._write(goals, at, backlog))

    async def ends(self) -> dict[int, int]:
        """The offset after the last record of each partition, as of now."""
        partitions = await positions(self.connection)
        return {partition: await self._reader.ends(partition) for partition in partitions}

    async def behind(self, goals: Mapping[int, int]) -> int:
        """How many log records are missing up to the goals."""
        at = await positions(self.connection)
        return sum(max(goal - at[partition].read_to, 0) for partition, goal in goals.items())

    async def _read(
        self, goals: Mapping[int, int], left: set[int], backlog: Backlog, silence_seconds: float
    ) -> None:
        batches = aiter(self._reader.batches())
        while left:
            try:
                batch = await asyncio.wait_for(anext(batches), silence_seconds)
            except TimeoutError:
                missing = ", ".join(map(str, sorted(left)))
                raise Unavailable(
                    f"the log gave nothing of partitions {missing} for {silence_seconds:g} s"
                ) from None
            goal = goals[batch.partition]
            if batch.next_log_offset >= goal:
                self._reader.drop(batch.partition)
                left.discard(batch.partition)
            await backlog.put(until(goal, batch))

    async def _write(
        self, goals: Mapping[int, int], at: Mapping[int, Position], backlog: Backlog
    ) -> None:
        read_to = {partition: position.read_to for partition, position in at.items()}
        size = 0
        while any(read_to[partition] < goal for partition, goal in goals.items()):
            slices = await backlog.take()
            await self._applier.add(slices)
            size += sum(weight(admitted) for piece in slices for admitted in piece.admitted)
            if self._applier.size >= COMMIT_ROWS or size >= COMMIT_BYTES:
                size = 0
                await self._applier.commit()
            read_to |= {piece.partition: piece.read_to for piece in slices}
            self._tell(sum(read_to.values()), goals)
        await self._applier.commit()


def until(goal: int, batch: LogBatch) -> LogBatch:
    """The part of a batch that lies before a log offset."""
    if batch.next_log_offset <= goal:
        return batch
    kept = [admitted for admitted in batch.admitted if admitted.log_offset < goal]
    before = batch.admitted[0].before if batch.admitted else batch.head
    return LogBatch(batch.partition, kept, kept[-1].after if kept else before, goal)


@asynccontextmanager
async def building(settings: Settings, view: View, show: Show) -> AsyncGenerator[Build]:
    """A build that has read nothing yet, in a fresh schema.

    Raises:
        Unavailable: broker or database are away.
    """
    await create_fresh(settings.pg_dsn, view)
    async with building_on(settings, view, show) as build:
        await build.begin(settings.partitions)
        yield build


@asynccontextmanager
async def building_on(settings: Settings, view: View, show: Show) -> AsyncGenerator[Build]:
    """A build that goes on from wherever the fresh schema stands.

    Raises:
        Unavailable: broker or database are away.
    """
    async with AsyncExitStack() as stack:
        reader = LogReader(settings)
        stack.push_async_callback(reader.stop)
        connection = await stack.enter_async_context(
            connected(settings.pg_dsn, view.fresh, **PATIENT)
        )
        applier = await Applier.on(connection, view.store(False))
        await reader.start()
        yield Build(connection, applier, reader, show)
