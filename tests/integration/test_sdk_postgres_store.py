"""The store contract on PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from handraise import open_store
from handraise.stores.opening import SqlStore

from tests.unit.sdk.store_contract import StoreContract


class TestPostgresStore(StoreContract):
    @pytest.fixture(autouse=True)
    def _dsn(self, database: str) -> None:
        self.dsn = database

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[SqlStore]:
        async with await open_store(self.dsn) as store:
            yield store


async def test_agents_that_start_at_the_same_moment_make_the_tables_once(database: str) -> None:
    stores = await asyncio.gather(*(open_store(database) for _ in range(4)))
    for store in stores:
        await store.close()


async def test_an_agent_starts_while_others_write(database: str) -> None:
    async with await open_store(database):
        pass
    at_work = await asyncpg.connect(database)
    try:
        async with at_work.transaction():
            for table in ("workflows", "event_log", "workflow_checkpoints", "workflow_answers"):
                await at_work.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
            async with asyncio.timeout(20), await open_store(database):
                pass
    finally:
        await at_work.close()


async def test_an_index_that_is_missing_is_made_again(database: str) -> None:
    async with await open_store(database):
        pass
    by_hand = await asyncpg.connect(database)
    try:
        await by_hand.execute("DROP INDEX idx_event_log_topic")
        async with await open_store(database):
            pass
        assert await by_hand.fetchval("SELECT to_regclass('idx_event_log_topic') IS NOT NULL")
    finally:
        await by_hand.close()
