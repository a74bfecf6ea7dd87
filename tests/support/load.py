"""A steady load of lives (a question and two rival answers), while a test does harm."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from event_schemas.types import Command
from kernel.commands import CommandClient
from kernel.errors import Unavailable
from kernel.service import Readiness
from kernel.settings import Settings
from tests.support import questions
from tests.support.eventually import eventually
from tests.support.parts import running

AT_ONCE = 4
PAUSE_SECONDS = 0.02
LIVES_MAX = 20_000


class Load:
    """What was sent and acknowledged so far."""

    def __init__(self, client: CommandClient) -> None:
        self.acknowledged: list[Command] = []
        self._client = client
        self._lives = 0

    async def grows(self, by: int = 40) -> None:
        """Waits until so many more commands are acknowledged."""
        target = len(self.acknowledged) + by

        async def grown() -> bool:
            return len(self.acknowledged) >= target

        await eventually(grown, within_seconds=60)

    async def _send(self, command: Command) -> None:
        while True:
            try:
                await self._client.send(command)
            except Unavailable:
                await asyncio.sleep(0)
            else:
                self.acknowledged.append(command)
                return

    async def run(self) -> None:
        """Sends lives until cancelled, one after another."""
        while self._lives < LIVES_MAX:
            self._lives += 1
            await asyncio.sleep(PAUSE_SECONDS)
            opened = questions.command(questions.opening())
            await self._send(opened)
            for who in (questions.ADA, questions.BEN):
                await self._send(questions.approve(opened.request_id, who))


@asynccontextmanager
async def load(settings: Settings) -> AsyncGenerator[Load]:
    """A load that runs inside the block; what it acknowledged stays to be compared."""
    readiness = Readiness("commands", "replies")
    client = CommandClient(settings, readiness)
    under = Load(client)
    async with running([client], readiness):
        tasks = [asyncio.create_task(under.run()) for _ in range(AT_ONCE)]
        try:
            yield under
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
