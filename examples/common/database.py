"""An example's own database, beside Handraise's on the stack's server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson


def address_of(pg_dsn: str, name: str) -> str:
    """The address of the database `name` on the server of `pg_dsn`."""
    return urlsplit(pg_dsn)._replace(path=f"/{name}").geturl()


@asynccontextmanager
async def database(pg_dsn: str, name: str, migrations: Path) -> AsyncGenerator[Any]:
    """A pool on the database `name`, made where it is missing, with all migrations run.

    `migrations` is a folder of `NNNN_what.sql` files; each runs once, in the order of their names.
    JSON columns are Python values.
    """
    address = await create(pg_dsn, name)
    pool = await asyncpg.create_pool(address, min_size=1, max_size=8, init=_speak_json)
    try:
        await _migrate(pool, migrations)
        yield pool
    finally:
        await pool.close()


async def create(pg_dsn: str, name: str) -> str:
    """The address of the database `name`, made where it is missing."""
    connection = await asyncpg.connect(pg_dsn)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            # Another process may be first.
            with suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return address_of(pg_dsn, name)


async def _migrate(pool: Any, migrations: Path) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('migrations'))")
        await connection.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)")
        done = {row["name"] for row in await connection.fetch("SELECT name FROM migrations")}
        for name, script in await asyncio.to_thread(_scripts, migrations):
            if name not in done:
                await connection.execute(script)
                await connection.execute("INSERT INTO migrations VALUES ($1)", name)


def _scripts(folder: Path) -> list[tuple[str, str]]:
    return [(one.name, one.read_text(encoding="utf-8")) for one in sorted(folder.glob("*.sql"))]


async def _speak_json(connection: Any) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
        )
