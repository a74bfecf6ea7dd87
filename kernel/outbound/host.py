"""Runs a service that stands beside the log: it reads public events, keeps rows, sends commands."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from event_schemas.types import Envelope
from kernel.commands import CommandSender
from kernel.dead_letters import DeadLetters
from kernel.errors import Unavailable
from kernel.outbound.database import Database
from kernel.postgres import connect
from kernel.public_consumer import PublicConsumer
from kernel.service import Part, Readiness, health_page, run_until_stopped
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import Topic

log = logger()
POOL_MAX = 6
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What such a service stands on; the sender may not be connected yet."""

    settings: Settings
    pool: Any
    database: Database
    sender: CommandSender


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a service does: with the events of its topics, and beside them.

    `gather_ms` is the pace at which it takes them in batches.
    """

    topics: Sequence[Topic]
    handle: Callable[[list[Envelope]], Awaitable[None]]
    parts: Sequence[Part]
    gather_ms: int = 0


class EventService:
    """The part that waits for the database, and then works until it is cancelled."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        make: Callable[[Grounds], Work],
        readiness: Readiness | None = None,
    ) -> None:
        """A service; `name` is also its consumer group, `make` its composition root."""
        self._settings = settings
        self._name = name
        self._make = make
        self.readiness = readiness or Readiness()
        for condition in ("postgres", "commands", "kafka"):
            self.readiness.set(condition, holds=False)

    async def run(self) -> None:
        """Works until cancelled; a part that raises ends it.

        Raises:
            ExceptionGroup: what the parts raised.
        """
        pool = await self._database()
        self.readiness.set("postgres")
        try:
            await self._work(pool)
        finally:
            pool.terminate()

    async def _work(self, pool: Any) -> None:
        settings = self._settings
        sender = CommandSender(settings, self.readiness)
        work = self._make(
            Grounds(settings=settings, pool=pool, database=Database(pool), sender=sender)
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_at(Database(pool)))
            consumer = PublicConsumer(
                settings,
                group=self._name,
                topics=work.topics,
                handle=work.handle,
                dead_letters=DeadLetters(settings, lambda: sender.producer),
                readiness=self.readiness,
                gather_ms=work.gather_ms,
            )
            for part in (sender, *work.parts, consumer):
                group.create_task(part.run())

    async def _look_at(self, database: Database) -> None:
        while True:
            try:
                await database.row("SELECT 1")
            except Unavailable:
                self.readiness.set("postgres", holds=False)
            else:
                self.readiness.set("postgres")
            await asyncio.sleep(LOOK_SECONDS)

    async def _database(self) -> Any:
        while True:
            try:
                return await connect(self._settings.pg_dsn, max_size=POOL_MAX)
            except Unavailable as error:
                log.warning("waiting for Postgres", error=str(error))
                await asyncio.sleep(1)


async def serve_events(settings: Settings, name: str, make: Callable[[Grounds], Work]) -> None:
    """Serves a service of this kind and its health page until a signal."""
    service = EventService(settings, name, make)
    await run_until_stopped([health_page(settings, name, service.readiness), service])
