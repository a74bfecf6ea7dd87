"""By which index people's deeds are read, behind the wall between tenants."""

from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from kernel.errors import Invalid
from kernel.postgres import connect
from kernel.tenancy import WALLED, WalledPool, within
from projections.history.deeds import decided_by, deeds_of
from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX
from tests.unit.projections.workbench import prepared

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
Read = Callable[[Any], Coroutine[Any, Any, Any]]


class Explaining:
    """A pool that gives no rows but keeps how Postgres would go about them."""

    def __init__(self, pool: WalledPool) -> None:
        self._pool = pool
        self.plan = ""

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        async with self._pool.acquire() as connection:
            await connection.execute("SET enable_seqscan = off")
            await connection.execute("SET plan_cache_mode = force_custom_plan")
            found = await connection.fetch(f"EXPLAIN {query}", *values)
        self.plan = "\n".join(record[0] for record in found)
        return []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walled(module_database: str) -> AsyncIterator[WalledPool]:
    await prepared(module_database, INBOX, HISTORY)
    plain = await connect(module_database)
    # Servers that are given from outside may not have the role.
    known = await plain.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", WALLED)
    await plain.close()
    pool = WalledPool(await connect(module_database, role=WALLED if known else None))
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    "read",
    [
        lambda pool: deeds_of(pool, "demo", "kim", limit=50),
        lambda pool: deeds_of(
            pool, "demo", "kim", limit=50, cursor=f"{NOW.isoformat()}~3~77~0", decisions=True
        ),
        lambda pool: decided_by(pool, "demo", ["kim", "lou"], lately=NOW, since=NOW),
    ],
    ids=["deeds", "later decisions", "decided"],
)
async def test_each_is_read_by_its_index(walled: WalledPool, read: Read) -> None:
    pool = Explaining(walled)
    with within("demo"):
        await read(pool)
    conditions = [line for line in pool.plan.splitlines() if "Index Cond" in line]
    assert "event_by_person" in pool.plan, pool.plan
    assert any("actor_id =" in condition for condition in conditions), pool.plan


@pytest.mark.parametrize(
    "cursor",
    ["x", "~~~", "2026-03-02~1~2~3", "2026-03-02T00:00:00+00:00~-1~2~3", f"{NOW}~1~{2**70}~3"],
)
async def test_a_cursor_that_is_not_ours_is_refused(walled: WalledPool, cursor: str) -> None:
    with pytest.raises(Invalid):
        await deeds_of(walled, "demo", "kim", limit=50, cursor=cursor)
