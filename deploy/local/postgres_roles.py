"""The application's roles and database on a fresh database server."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from deploy.local.trouble import Trouble
from kernel.tenancy import WALLED


def ensure_application(superuser_dsn: str, name: str, password: str) -> None:
    """Make the role `name` and the database `name` that it owns, where they are not there yet.

    Beside it the role that row-level security binds, which the front door takes on.

    Raises Trouble where the server turns the superuser away.
    """

    async def ensure() -> None:
        connection = await asyncpg.connect(superuser_dsn)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
                await connection.execute(f"CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{password}'")
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", WALLED):
                await connection.execute(f"CREATE ROLE {WALLED} NOLOGIN")
            await connection.execute(f"GRANT {WALLED} TO {name}")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        finally:
            await connection.close()

    try:
        in_own_loop(ensure)
    except (OSError, asyncpg.PostgresError) as refused:
        raise Trouble(
            f"The database server runs but refuses its own superuser ({refused}).",
            "Run `make reset` to begin with an empty one.",
        ) from refused


def in_own_loop(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run `work` in a loop of a thread of its own, so that the caller's own loop is left alone."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()
