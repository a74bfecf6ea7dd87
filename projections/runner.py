"""Keeps a view current: reads the log and applies it, with as many copies at work as there are."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

from aiokafka.errors import KafkaError

from kernel.clock import Clock
from kernel.errors import LogCut, Unavailable
from kernel.log_reader import LogReader
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.tracing.batches import batch_span
from projections import metrics
from projections.applier import Applier
from projections.backlog import Backlog
from projections.database import connected, lost
from projections.ownership import SILENCE, Ownership
from projections.positions import Overtaken, begin, positions
from projections.tracing import traces_in
from projections.view import Slice, View
from projections.work import together

CURRENT = "current"
HEARTBEAT_SECONDS = 1.0
BEATS_TO_MEASURE = 10
BEATS_TO_TIDY = 60
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_DOUBLINGS = 6
log = logger()


class Projector:
    """The part that keeps one view current, whatever goes away and comes back."""

    def __init__(self, settings: Settings, view: View, readiness: Readiness, clock: Clock) -> None:
        self._settings = settings
        self._view = view
        self._readiness = readiness
        self._clock = clock

    async def run(self) -> None:
        """Works until cancelled.

        Raises:
            LogCut: the log no longer holds what the view was built from; it must be rebuilt.
            Unreadable: an admitted record can't be read by this release.
        """
        attempt = 0
        while True:
            session = Session(self._settings, self._view, self._readiness, self._clock)
            try:
                await session.run()
            except Overtaken as error:
                metrics.overtaken.labels(self._view.name).inc()
                log.info("overtaken", view=self._view.name, detail=str(error))
            except (Unavailable, KafkaError, *lost) as error:
                log.warning("projector pauses", view=self._view.name, detail=str(error))
            except LogCut as error:
                metrics.cut.labels(self._view.name).set(1)
                advice = f"python -m projections.rebuild {self._view.name} --replace"
                log.critical("the log was cut", view=self._view.name, detail=str(error), do=advice)
                raise
            self._readiness.set(CURRENT, holds=False)
            attempt = 0 if session.applied else min(attempt + 1, LONGEST_PAUSE_DOUBLINGS)
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311


class Session:
    """One go at it, over connections that are all made anew after any trouble."""

    def __init__(self, settings: Settings, view: View, readiness: Readiness, clock: Clock) -> None:
        self._settings = settings
        self._view = view
        self._readiness = readiness
        self._clock = clock
        self._store = view.store(True)
        self._reader = LogReader(settings, gather_ms=view.gather_ms)
        self._backlog = Backlog()
        self._turn = asyncio.Lock()
        self._read_to: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._caught_up = False
        self.applied = 0

    async def run(self) -> None:
        """Works until something fails.

        Raises:
            Overtaken, Unavailable, OSError and others: try again.
            LogCut, Unreadable: trying again does not help.
        """
        dsn, schema = self._settings.pg_dsn, self._view.name
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._reader.stop)
            locks = await stack.enter_async_context(
                connected(dsn, schema, idle_session_timeout=SILENCE)
            )
            rows = await stack.enter_async_context(connected(dsn, schema))
            applier = await Applier.on(rows, self._store)
            await self._reader.start()
            ownership = Ownership(locks, schema, self._settings.partitions)
            await ownership.join()
            await together(self._own(ownership, locks, rows), self._read(), self._apply(applier))

    async def _own(self, ownership: Ownership, locks: Any, rows: Any) -> None:
        for beat in count(1):
            share = await ownership.share()
            # Whatever changes hands does so between two transactions, never inside one.
            async with self._between_transactions(locks):
                for partition in ownership.surplus(share):
                    await self._let_go(partition)
                    await ownership.give_up([partition])
                for partition in await ownership.take(share):
                    await self._follow(partition, rows)
            metrics.owned.labels(self._view.name).set(len(ownership.held))
            if beat % BEATS_TO_MEASURE == 0:
                for partition in ownership.held:
                    self._ends[partition] = await self._reader.ends(partition)
            if beat % BEATS_TO_TIDY == 0:
                await self._store.tidy(locks)
            self._tell()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    @asynccontextmanager
    async def _between_transactions(self, locks: Any) -> AsyncGenerator[None]:
        """Waits its turn; a long transaction must not make the session of the locks fall silent."""
        turn = asyncio.ensure_future(self._turn.acquire())
        try:
            while not (await asyncio.wait([turn], timeout=HEARTBEAT_SECONDS))[0]:
                await locks.execute("SELECT 'alive'")
            yield
        finally:
            if not turn.cancel():
                self._turn.release()

    async def _follow(self, partition: int, rows: Any) -> None:
        await begin(rows, [(partition, self._reader.genesis(partition))])
        position = (await positions(rows))[partition]
        self._ends[partition] = await self._reader.ends(partition)
        self._read_to[partition] = position.head.log_offset + 1
        try:
            await self._reader.follow(partition, position.head)
        except LogCut as error:
            raise LogCut(f"partition {partition}: {error}") from error

    async def _let_go(self, partition: int) -> None:
        self._reader.drop(partition)
        await self._backlog.forget(partition)
        del self._ends[partition], self._read_to[partition]

    async def _read(self) -> None:
        async for batch in self._reader.batches():
            await self._backlog.put(batch)

    async def _apply(self, applier: Applier) -> None:
        while True:
            taken = await self._backlog.take()
            async with self._turn:
                mine = [piece for piece in taken if piece.partition in self._read_to]
                with batch_span(f"project {self._view.name}", traces_in(mine)):
                    written = await applier.apply(mine) if mine else 0
                for piece in mine:
                    self._read_to[piece.partition] = piece.read_to
            self._count(mine, written)
            self._tell()

    def _count(self, slices: list[Slice], written: int) -> None:
        name, now = self._view.name, self._clock()
        metrics.rows.labels(name).inc(written)
        waited = metrics.delay.labels(name)
        for piece in slices:
            self.applied += len(piece.admitted)
            for admitted in piece.admitted:
                waited.observe(max((now - admitted.payload.at).total_seconds(), 0))
        metrics.entries.labels(name).inc(sum(len(piece.admitted) for piece in slices))

    def _tell(self) -> None:
        behind = sum(max(end - self._read_to[p], 0) for p, end in self._ends.items())
        metrics.behind.labels(self._view.name).set(behind)
        self._caught_up = self._caught_up or behind == 0
        self._readiness.set(CURRENT, holds=self._caught_up)
