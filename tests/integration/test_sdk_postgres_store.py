"""The store contract on PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

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
