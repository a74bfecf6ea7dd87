"""Tells waiting calls and streams what moves: one listening connection feeds the whole process."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import asyncpg

from api.live.audience import Audience
from api.live.frames import Shape, last_changes, request_frames, reset_frame
from api.live.place import Place
from api.live.watching import Key, WaitingRoom, Watch
from kernel.clock import Clock
from kernel.postgres import away
from kernel.service import Readiness
from kernel.telemetry import logger
from projections.inbox.changes import CHANNEL, KEPT_FOR, Notice, changes_after
from projections.inbox.feed import lines_of
from projections.inbox.row import Change
from projections.positions import positions

log = logger()

CONDITION = "live"
RECONNECT_SECONDS = 1
SILENCE_SECONDS = 10
CHANGES_AT_ONCE = 1000
NEVER = datetime.fromtimestamp(0, UTC)


class Live:
    """The part that listens to the inbox, wakes those who watch what has moved, and tells streams.

    `shape` writes a request as an event's data; `partitions` are those of the log.
    """

    def __init__(
        self, dsn: str, readiness: Readiness, clock: Clock, shape: Shape, *, partitions: int
    ) -> None:
        self._dsn = dsn
        self._readiness = readiness
        self._clock = clock
        self.shape = shape
        self._partitions = partitions
        self._room = WaitingRoom()
        self.audience = Audience()
        self._offsets: dict[int, int] = {}
        self._at = NEVER
        self._news = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether the process is about to stop."""
        return self._room.closed

    @property
    def place(self) -> Place:
        """How far everything was told."""
        return Place(dict(self._offsets), self._at)

    def watch(self, *keys: Key) -> AbstractContextManager[Watch]:
        """A watch on requests and partitions; look at the view after this, not before."""
        return self._room.watch(*keys)

    def wake(self, *keys: Key) -> None:
        """Wakes those who watch one of these, which are no part of the inbox."""
        self._room.wake(*keys)

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
        """Lets all waiting calls answer with what there is, and ends streams."""
        self._room.close()
        self.audience.wake_all()

    async def _listen(self) -> None:
        settings = {"search_path": "inbox", "application_name": "handraise api live"}
        connection: Any = await asyncpg.connect(self._dsn, timeout=5, server_settings=settings)
        try:
            connection.add_termination_listener(lambda _: self._news.set())
            await connection.add_listener(CHANNEL, self._heard)
            await self._go_on(connection)
            self._readiness.set(CONDITION)
            # What moved while nobody listened is unknown, so everyone looks again.
            self._room.wake_all()
            while not connection.is_closed():
                await self._catch_up(connection)
                await self._until_news()
        finally:
            await connection.close(timeout=2)

    async def _go_on(self, connection: Any) -> None:
        """Goes on where the last connection ended, or begins where the view stands now."""
        known = await positions(connection)
        # A place names all partitions, also those that the view has not begun to read.
        standing = dict.fromkeys(range(self._partitions), -1)
        standing |= {p: position.head.log_offset for p, position in known.items()}
        gone = self._clock() - self._at > KEPT_FOR
        cut = any(self._offsets[p] > standing.get(p, -1) for p in self._offsets)
        if gone or cut:
            begun, self._offsets, self._at = bool(self._offsets), standing, self._clock()
            if begun:
                self.audience.tell_all(reset_frame(self.place, "the view was away"))
        else:
            self._offsets = {p: self._offsets.get(p, -1) for p in standing}

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
            asked_at = self._clock()
            changes = await changes_after(connection, self._offsets, limit=CHANGES_AT_ONCE)
            await self._tell(connection, changes, asked_at)
            for change in changes:
                self._room.wake(change.request_id, change.partition)
            if len(changes) < CHANGES_AT_ONCE:
                return

    async def _tell(self, connection: Any, changes: Sequence[Change], asked_at: datetime) -> None:
        # Who joins while this reads has missed nothing: the offsets move when all is told.
        since = self.place
        for tenant, last in last_changes(changes, self.audience.tenants).items():
            told = await lines_of(connection, tenant, list(last))
            self.audience.tell(tenant, request_frames(changes, since, told, last, self.shape))
        for change in changes:
            self._offsets[change.partition] = change.log_offset
        self._at = asked_at
