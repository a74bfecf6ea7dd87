"""Postgres as a service beside the log needs it: its absence is one error, which helps to retry."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from kernel.errors import Unavailable
from kernel.postgres import away

# Also what a server says that is not set up yet.
_lost = (
    *away,
    asyncpg.UndefinedTableError,
    asyncpg.InvalidSchemaNameError,
)


class Database:
    """A pool whose statements raise `Unavailable` when the database can't run them now."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        """All rows.

        Raises:
            Unavailable: the database is away.
        """
        async with self.connection() as connection:
            return await connection.fetch(sql, *values)

    async def row(self, sql: str, *values: Any) -> Any:
        """The first row, or None.

        Raises:
            Unavailable: the database is away.
        """
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *values)

    async def execute(self, sql: str, *values: Any) -> None:
        """Runs a statement.

        Raises:
            Unavailable: the database is away.
        """
        async with self.connection() as connection:
            await connection.execute(sql, *values)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any]:
        """A connection for several statements.

        Raises:
            Unavailable: the database is away, or went away meanwhile.
        """
        try:
            async with self._pool.acquire(timeout=5) as connection:
                yield connection
        except _lost as error:
            raise Unavailable(f"Postgres is away: {type(error).__name__}: {error}") from error
