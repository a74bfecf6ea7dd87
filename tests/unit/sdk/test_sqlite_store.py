"""The store contract on a SQLite file, and what is particular to it."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from handraise import open_store
from handraise.stores.opening import SqlStore

from tests.unit.sdk.store_contract import CHECKPOINT, IDS, StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "agent.db"

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[SqlStore]:
        async with await open_store(f"sqlite:///{self.path}") as store:
            yield store


async def test_a_state_survives_a_killed_process(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'agent.db'}"
    program = f"""
import asyncio, os
from handraise import open_store
from tests.unit.sdk.store_contract import CHECKPOINT

async def main():
    store = await open_store({address!r})
    async with store.transaction() as tables:
        await tables.checkpoints.add(CHECKPOINT)
    async with store.transaction() as tables:
        await tables.checkpoints.replace_state("wf-1", "cp-1", {{"half": "done"}})
        os.kill(os.getpid(), 9)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, env={"PYTHONPATH": ":".join(p for p in sys.path if p)}
    )
    assert await process.wait() == -9
    async with await open_store(address) as store, store.transaction() as tables:
        found = await tables.checkpoints.get(*IDS)
        assert found is not None
        assert found.state == CHECKPOINT.state


async def test_two_processes_that_open_the_same_new_file_both_succeed(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'agent.db'}"
    stores = await asyncio.gather(*(open_store(address) for _ in range(4)))
    for store in stores:
        async with store.transaction() as tables:
            assert await tables.checkpoints.of_agent("bot") == []
        await store.close()


async def test_the_tables_have_the_columns_that_are_documented(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    await (await open_store(f"sqlite:///{path}")).close()
    with sqlite3.connect(path) as file:
        columns = {
            table: [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            for table in ("workflow_checkpoints", "event_log")
        }
    assert {
        "id",
        "workflow_id",
        "checkpoint_id",
        "agent_id",
        "state_data",
        "event_history",
        "created_at",
        "expires_at",
    } <= set(columns["workflow_checkpoints"])
    assert columns["event_log"][:8] == [
        "id",
        "event_id",
        "topic",
        "event_type",
        "payload",
        "workflow_id",
        "agent_id",
        "created_at",
    ]


async def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="sqlite"):
        await open_store("mysql://localhost/agents")
