"""The empty schema in which a rebuild grows, and its secondary indexes, which come last."""

from typing import Any

import asyncpg

from kernel.postgres import migrate
from projections.view import View


async def create_fresh(dsn: str, view: View) -> None:
    """Makes the schema anew from the view's migrations; what an earlier one left is dropped."""
    settings = {"handraise.schema": view.fresh, "statement_timeout": "0"}
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1, server_settings=settings) as pool:
        await drop_schema(pool, view.retired)
        await drop_fresh(pool, view)
        await migrate(pool, view.fresh, view.migrations)


async def drop_fresh(connection: Any, view: View) -> None:
    """Removes the schema and what is remembered of its migrations."""
    await drop_schema(connection, view.fresh)
    if await connection.fetchval("SELECT to_regclass('public.schema_migrations') IS NOT NULL"):
        await connection.execute(
            "DELETE FROM public.schema_migrations WHERE component = $1", view.fresh
        )


async def drop_schema(connection: Any, schema: str) -> None:
    """Removes a schema with all that is in it."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def drop_indexes(connection: Any, schema: str) -> list[str]:
    """Drops the indexes that no constraint needs; gives the statements that make them again."""
    rows = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND indexname NOT IN"
        " (SELECT conname FROM pg_constraint WHERE connamespace = $1::regnamespace)"
        " ORDER BY indexname",
        schema,
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {schema}.{row['indexname']}")
    return [row["indexdef"] for row in rows]
