"""A SQLite file as the database of a store: one connection, one transaction at a time."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiosqlite

from handraise.stores import schema
from handraise.stores.database import Row

_BUSY_MILLISECONDS = 10_000
"""How long a transaction waits for one of another process."""


class SqliteDatabase:
    """A file that several processes of one machine may share."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    async def open(cls, path: str) -> "SqliteDatabase":
        """Open the file, making it and its tables where they are missing."""
        connection = await aiosqlite.connect(path, isolation_level=None)
        connection.row_factory = aiosqlite.Row
        database = cls(connection)
        try:
            await connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            async with database.transaction() as session:
                for statement in schema.SQLITE.values():
                    await session.fetch(statement)
        except BaseException:
            await connection.close()
            raise
        return database

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["_Session"]:
        """A transaction that holds the file's write lock from its beginning."""
        async with self._one_at_a_time:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                yield _Session(self._connection)
                await self._connection.commit()
            except BaseException:
                await asyncio.shield(self._connection.rollback())
                raise

    async def close(self) -> None:
        """Close the file."""
        await self._connection.close()


class _Session:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        named = {str(place): _stored(value) for place, value in enumerate(values, start=1)}
        # In one go: a cursor left half read by a cancelled task would keep others from committing.
        return [dict(row) for row in await self._connection.execute_fetchall(sql, named)]


def _stored(value: Any) -> Any:
    """Instants become text that sorts as they do."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).isoformat(timespec="microseconds")
