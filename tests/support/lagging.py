"""Holds a view up, so that it stays behind the log for as long as a test wants."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg


@asynccontextmanager
async def held_up(dsn: str, view: str = "inbox") -> AsyncGenerator[None]:
    """The view is read as it stands, and comes no further until the block ends."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            # Whoever moves a view must write its positions; whoever reads them is not kept from it.
            await connection.execute(f"LOCK TABLE {view}.position IN SHARE MODE")
            yield
    finally:
        await connection.close()
