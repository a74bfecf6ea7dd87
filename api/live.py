"""Tells waiting calls that a view has moved: one listening connection feeds the whole process."""

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg
from prometheus_client import Gauge

from kernel.postgres import away
from kernel.service import Readiness
from kernel.telemetry import logger
from projections.inbox.changes import CHANNEL, Notice, changes_after
from projections.positions import positions

log = logger()
watching = Gauge("handraise_watchers", "Calls that wait for a view to move")

CONDITION = "live"
RECONNECT_SECONDS = 1
SILENCE_SECONDS = 10
CHANGES_AT_ONCE = 1000

Key = str | int
"""What is watched: a request id, or a partition of the view."""


class Watch:
    """One call's place in the waiting room; it is woken as often as something moves."""

    def __init__(self, live: "Live") -> None:
        self._live = live
        self._moved = asyncio.Event()

    def wake(self) -> None:
        """Says that something moved."""
        self._moved.set()

    async def moved(self, until: float) -> bool:
        """Waits for the next move, to this moment of the loop's clock; False if none came.

        It is False at once when the process is about to stop, so that nobody holds it up.
        """
        if self._live.stopping:
            return False
        try:
            async with asyncio.timeout_at(until):
                await self._moved.wait()
        except TimeoutError:
            return False
        self._moved.clear()
        return not self._live.stopping


class Live:
    """The part that listens to the inbox and wakes those who watch what has moved."""

    def __init__(self, dsn: str, readiness: Readiness) -> None:
        self._dsn = dsn
        self._readiness = readiness
        self._watches: defaultdict[Key, set[Watch]] = defaultdict(set)
        self._offsets: dict[int, int] = {}
        self._news = asyncio.Event()
        self.stopping = False

    @contextmanager
    def watch(self, *keys: Key) -> Generator[Watch]:
        """A watch on requests and partitions; look at the view after this, not before."""
        watch = Watch(self)
        for key in keys:
            self._watches[key].add(watch)
        with watching.track_inprogress():
            try:
                yield watch
            finally:
                for key in keys:
                    self._leave(key, watch)

    def _leave(self, key: Key, watch: Watch) -> None:
        self._watches[key].discard(watch)
        if not self._watches[key]:
            del self._watches[key]

    async def run(self) -> None:
        """Listens until cancelled, over as many connections as it takes."""
        try:
            while True:
                try:
                    await self._listen()
                except (*away, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("the inbox can't be listened to", error=str(error))
                self._readiness.set(CONDITION, holds=False)
                await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            self.stop()

    def stop(self) -> None:
        """Lets all waiting calls answer with what there is."""
        self.stopping = True
        self._wake_all()

    def _wake_all(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.wake()

    async def _listen(self) -> None:
        settings = {"search_path": "inbox", "application_name": "handraise api live"}
        connection: Any = await asyncpg.connect(self._dsn, timeout=5, server_settings=settings)
        try:
            connection.add_termination_listener(lambda _: self._news.set())
            await connection.add_listener(CHANNEL, self._heard)
            known = await positions(connection)
            self._offsets = {p: position.head.log_offset for p, position in known.items()}
            self._readiness.set(CONDITION)
            # What moved while nobody listened is unknown, so everyone looks again.
            self._wake_all()
            while not connection.is_closed():
                await self._until_news()
                await self._catch_up(connection)
        finally:
            await connection.close(timeout=2)

    async def _until_news(self) -> None:
        # A connection that died silently is noticed by asking now and then.
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        self._offsets.setdefault(Notice.read(payload).partition, -1)
        self._news.set()

    async def _catch_up(self, connection: Any) -> None:
        while True:
            changes = await changes_after(connection, self._offsets, limit=CHANGES_AT_ONCE)
            for change in changes:
                self._offsets[change.partition] = change.log_offset
                for key in (change.request_id, change.partition):
                    for watch in self._watches.get(key, ()):
                        watch.wake()
            if len(changes) < CHANGES_AT_ONCE:
                return
