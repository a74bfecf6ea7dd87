"""Asks the directory's tables; Postgres' errors become ours."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from kernel.errors import Invalid, Unavailable
from kernel.postgres import away

_WAIT_SECONDS = 2
_QUERY_SECONDS = 5


class Store:
    """The directory's connection pool."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def row(self, sql: str, *values: Any) -> Any | None:
        """The first row, or None.

        Raises:
            Unavailable: Postgres is away.
        """
        async with self._connection() as connection:
            return await connection.fetchrow(sql, *values, timeout=_QUERY_SECONDS)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """All rows.

        Raises:
            Unavailable: Postgres is away.
        """
        async with self._connection() as connection:
            return await connection.fetch(sql, *values, timeout=_QUERY_SECONDS)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        try:
            async with self._pool.acquire(timeout=_WAIT_SECONDS) as connection:
                yield connection
        except away as error:
            raise Unavailable(f"the directory is away: {type(error).__name__}") from error
        except asyncpg.DataError as error:
            raise Invalid("a value has characters that can't be stored") from error
