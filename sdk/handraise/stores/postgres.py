"""A PostgreSQL database as the database of a store: a small pool of connections."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from handraise.stores import schema
from handraise.stores.database import Row

_MIGRATION_LOCK = 0x68616E64
"""Keeps two agents that start at once from making the same tables at once."""


class PostgresDatabase:
    """A database that any number of processes may share."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "PostgresDatabase":
        """Connect, and make the tables where they are missing."""
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=8, command_timeout=30)
        database = cls(pool)
        try:
            async with database.transaction() as session:
                if await _missing(session):
                    await session.fetch("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
                    for name in await _missing(session):
                        await session.fetch(schema.POSTGRES[name])
        except BaseException:
            await pool.close()
            raise
        return database

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["_Session"]:
        """A transaction on a connection of the pool."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield _Session(connection)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()


class _Session:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        return await self._connection.fetch(sql, *values)


async def _missing(session: _Session) -> Sequence[str]:
    # Even where an index exists, CREATE INDEX IF NOT EXISTS waits for all who write to the table,
    # and all who come later wait for it: an agent that starts would hold up those at work.
    names = list(schema.POSTGRES)
    rows = await session.fetch(
        "SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)"
        " WHERE to_regclass(name) IS NULL ORDER BY place",
        names,
    )
    return [row["name"] for row in rows]
