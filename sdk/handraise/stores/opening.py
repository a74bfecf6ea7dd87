"""Opens the store that an address names."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from handraise.errors import NotConfigured
from handraise.storage import Tables
from handraise.stores.answers import SqlAnswers
from handraise.stores.checkpoints import SqlCheckpoints
from handraise.stores.database import Database
from handraise.stores.event_log import SqlEventLog
from handraise.stores.work import SqlWork
from handraise.stores.workflows import SqlWorkflows


class SqlStore:
    """An agent's memory in a database; closed by `close` or at the end of an `async with`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tables]:
        """The tables in a transaction: committed at the end, undone by an exception."""
        async with self._database.transaction() as connection:
            yield Tables(
                SqlCheckpoints(connection),
                SqlWorkflows(connection),
                SqlAnswers(connection),
                SqlEventLog(connection),
                SqlWork(connection),
            )

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def open_store(address: str) -> SqlStore:
    """The store at `postgresql://…` or `sqlite:///path/to/file`; its tables are made if missing.

    Raises `NotConfigured` when the extra `postgres` or `sqlite` is not installed, and ValueError
    for another kind of address.
    """
    if address.startswith("sqlite:///"):
        return SqlStore(await _sqlite(address.removeprefix("sqlite:///")))
    if address.startswith(("postgresql://", "postgres://")):
        return SqlStore(await _postgres(address))
    raise ValueError("A store's address begins with postgresql:// or sqlite:///")


async def _sqlite(path: str) -> Database:
    try:
        from handraise.stores.sqlite import SqliteDatabase  # noqa: PLC0415  an extra
    except ModuleNotFoundError as missing:
        raise NotConfigured("A SQLite store needs handraise[sqlite]") from missing
    return await SqliteDatabase.open(path)


async def _postgres(dsn: str) -> Database:
    try:
        from handraise.stores.postgres import PostgresDatabase  # noqa: PLC0415  an extra
    except ModuleNotFoundError as missing:
        raise NotConfigured("A PostgreSQL store needs handraise[postgres]") from missing
    return await PostgresDatabase.open(dsn)
