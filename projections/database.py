"""Connections to the schema of one view, with limits that free what a stopped process held."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from kernel.errors import Unavailable
from kernel.postgres import away

IDLE_IN_TRANSACTION = "6s"
STATEMENT_TIMEOUT = "30s"
CONNECT_SECONDS = 5
CLOSE_SECONDS = 2

# What a new connection mends.
lost = (
    *away,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.UndefinedTableError,
)


@asynccontextmanager
async def connected(dsn: str, schema: str, **settings: str) -> AsyncGenerator[Any]:
    """A connection on which unqualified names mean the tables of this schema.

    Commits do not wait for the disk: a position is lost together with its rows, and both are made
    again from the log. A process that stands still inside a transaction is cut off, so that it
    keeps nobody waiting.

    Raises:
        Unavailable: the server is away.
    """
    chosen = {
        "search_path": f"{schema}, public",
        "handraise.schema": schema,
        "synchronous_commit": "off",
        "statement_timeout": STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
        "application_name": f"handraise {schema}",
        "jit": "off",
    }
    try:
        connection: Any = await asyncpg.connect(
            dsn, timeout=CONNECT_SECONDS, server_settings={**chosen, **settings}
        )
    except lost as error:
        raise Unavailable(f"Postgres is away: {error}") from error
    try:
        yield connection
    finally:
        with suppress(*lost):
            await connection.close(timeout=CLOSE_SECONDS)
