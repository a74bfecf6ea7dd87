"""Shares what all tenants need: none gets more than its part of it at once, and nobody waits long.

What is beyond a tenant's part waits in a line of that tenant's own, in the order it came.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from api.errors import Saturated
from api.sending import REPLY_SECONDS, Commands
from event_schemas.types import Command, Reply
from kernel.borrowing import Borrowing
from kernel.tenancy import tenant_now

WAIT_SECONDS = 5.0
CONNECTION_SECONDS = 2.0
CLOSE_SECONDS = 1


class Lanes:
    """A line for each name; at most `width` of a line are let through at once."""

    def __init__(self, what: str, width: int) -> None:
        self._what = what
        self._width = width
        self._lanes: dict[str, asyncio.Semaphore] = {}
        self._present: dict[str, int] = {}

    @property
    def names(self) -> set[str]:
        """Whose lines there are just now."""
        return set(self._lanes)

    @asynccontextmanager
    async def turn(self, name: str, within_seconds: float) -> AsyncGenerator[None]:
        """Waits for a turn, and holds it.

        Raises:
            Saturated: it did not come in time.
        """
        lane = self._lanes.setdefault(name, asyncio.Semaphore(self._width))
        self._present[name] = self._present.get(name, 0) + 1
        try:
            try:
                async with asyncio.timeout(within_seconds):
                    await lane.acquire()
            except TimeoutError:
                raise Saturated(f"Too many {self._what} wait here already", 1) from None
            try:
                yield
            finally:
                lane.release()
        finally:
            self._present[name] -= 1
            if not self._present[name]:
                del self._present[name], self._lanes[name]


class FairCommands:
    """Commands of which each tenant has only so many on their way at once."""

    def __init__(self, commands: Commands, at_once_per_tenant: int) -> None:
        self._commands = commands
        self._lanes = Lanes("commands of yours", at_once_per_tenant)

    async def ask(self, command: Command, timeout_seconds: float = REPLY_SECONDS) -> Reply | None:
        """As the commands that it shares, after waiting for a turn.

        Raises:
            Saturated: too many of the tenant's commands are before it; it was not sent.
        """
        async with self._lanes.turn(command.tenant, WAIT_SECONDS):
            return await self._commands.ask(command, timeout_seconds)


class FairPool(Borrowing):
    """A pool of connections of which a tenant's reads hold but a part.

    It gives what queries use of an asyncpg pool. Some connections stay for what is not a read.
    """

    def __init__(self, pool: Any, *, size: int, share: int) -> None:
        self._pool = pool
        self._all = Lanes("reads", size)
        self._each = Lanes("reads of yours", share)

    @asynccontextmanager
    async def acquire(self, *, timeout: float | None = None) -> AsyncGenerator[Any]:  # noqa: ASYNC109 -- as asyncpg has it
        """A connection.

        Raises:
            Saturated: none came free in time.
        """
        seconds = CONNECTION_SECONDS if timeout is None else timeout
        async with (
            self._each.turn(tenant_now.get(), seconds),
            self._all.turn("", seconds),
            self._pool.acquire(timeout=seconds) as connection,
        ):
            yield connection

    async def close(self) -> None:
        """Gives the connections back; those that hang are cut."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()
