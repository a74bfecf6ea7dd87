"""Hears what is told on channels of Postgres: one connection for the whole process."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg

from kernel.postgres import away
from kernel.telemetry import logger

log = logger()
RECONNECT_SECONDS = 5
SILENCE_SECONDS = 60

Heard = Callable[[str], None]


class Ear:
    """A part that gives each channel's words to whoever is there for it.

    `again` is called when the connection stands anew and what was told meanwhile is unknown, and
    about once a minute besides.
    """

    def __init__(self, dsn: str, heard: Mapping[str, Heard], again: Callable[[], None]) -> None:
        self._dsn = dsn
        self._heard = heard
        self._again = again

    async def run(self) -> None:
        """Listens until cancelled, over as many connections as it takes."""
        while True:
            try:
                await self._listen()
            except (*away, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("nothing can be heard", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        settings = {"application_name": "handraise api ear"}
        connection: Any = await asyncpg.connect(self._dsn, timeout=5, server_settings=settings)
        closed = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: closed.set())
            for channel in self._heard:
                await connection.add_listener(channel, self._hear)
            while not closed.is_set():
                # A connection that died silently is noticed by asking now and then.
                await connection.fetchval("SELECT 1")
                self._again()
                try:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        await closed.wait()
                except TimeoutError:
                    continue
        finally:
            await connection.close(timeout=2)

    def _hear(self, _connection: Any, _pid: int, channel: str, payload: Any) -> None:
        self._heard[channel](payload)
