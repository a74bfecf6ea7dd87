"""The wall between tenants: what comes over the front door's connections without a filter."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from api.rest.examples.directory import KIND
from kernel.directory.principals import Role
from kernel.errors import Misconfigured
from kernel.postgres import connect
from kernel.tenancy import WALLED, WalledPool, within
from kernel.wall import REACHES, raise_wall
from projections.fresh import create_fresh
from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX
from tests.support.eventually import eventually
from tests.support.front_door import PASSWORD, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, c.relkind = 'v' AS is_view,
    c.relrowsecurity AS walled, EXISTS (SELECT FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped) AS has_tenant
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'v') ORDER BY 1
"""
FILLED = {
    "directory.people",
    "directory.tenants",
    "directory.teams",
    "directory.api_keys",
    "directory.links",
    "directory.kinds",
    "directory.audit",
    "directory.invitations",
    "directory.departures",
    "inbox.request",
    "inbox.own_request",
    "inbox.question",
    "inbox.own_question",
    "inbox.tally",
    "history.event",
    "outbound.deliveries",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare(house: House) -> AsyncIterator[WalledPool]:
    """Connections as the front door has them."""
    pool = WalledPool(await connect(house.settings.pg_dsn, max_size=2, role=WALLED))
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(house: House) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two tenants that have some of everything."""
    async with Desk.open(house) as one, Desk.open(house) as other:
        for desk in (one, other):
            await furnish(desk)
        yield one, other


async def furnish(desk: Desk) -> None:
    house, directory = desk.house, desk.house.door.directory
    ada = await house.person(desk.tenant, "ada", (Role.ADMIN,), password=PASSWORD)
    await directory.tenants.create_team(tenant=desk.tenant, name="night")
    await directory.links.create(tenant=desk.tenant, owner="app", person=ada.id)
    await directory.kinds.put(desk.tenant, "refund", KIND["definition"], ada.id)
    await house.door.past.execute(
        "INSERT INTO outbound.deliveries (id, service, tenant, request_id, event_id, event,"
        " channel, target, lane, payload, status) VALUES (gen_random_uuid(), 'callback_svc', $1,"
        " 'r', 'e', 'x', 'webhook', 't', 'l', '', 'failed')",
        desk.tenant,
    )
    async with house.client(house.token(ada)) as client:
        sent = await client.post("/api/v1/invitations", json={"email": f"n@{desk.tenant}.test"})
        assert sent.status_code == 201, sent.text
        await client.patch(f"/api/v1/people/{desk.people['lou'].id}", json={"is_active": False})
    opened = await desk.ask(title="A plan of this tenant")
    await desk.read(opened["id"])

    async def told() -> bool:
        count = "SELECT count(*) FROM history.event WHERE tenant = $1"
        return bool(await house.door.past.fetchval(count, desk.tenant))

    await eventually(told)


async def tables(house: House) -> list[Any]:
    schemas = [name for name in REACHES if name not in {"blobs", "notifier"}]
    return await house.door.past.fetch(_TABLES, schemas)


async def test_no_table_that_the_front_door_reaches_is_without_the_wall(house: House) -> None:
    found = await house.door.past.fetch(_TABLES, list(REACHES))
    assert {row["name"] for row in found if not row["walled"] and not row["is_view"]} == set()


async def test_without_a_filter_only_ones_own_rows_come(
    house: House, bare: WalledPool, desks: tuple[Desk, Desk]
) -> None:
    mine, theirs = (desk.tenant for desk in desks)
    seen: set[str] = set()
    for row in await tables(house):
        name, column = row["name"], "tenant" if row["has_tenant"] else "id"
        if not row["has_tenant"] and name != "directory.tenants":
            continue
        count = f"SELECT count(*) FILTER (WHERE {column} = $1) AS mine, count(*) AS n FROM {name}"
        of_theirs = await house.door.past.fetchval(
            f"SELECT count(*) FROM {name} WHERE {column} = $1", theirs
        )
        with within(mine):
            found = await bare.fetchrow(count, mine)
        with within(theirs):
            assert (await bare.fetchrow(count, mine))["mine"] == 0, name
        assert found["n"] == found["mine"], name
        if found["mine"] and of_theirs:
            seen.add(name)
    assert seen >= FILLED, FILLED - seen


async def test_with_no_tenant_no_row_comes_at_all(
    house: House, bare: WalledPool, desks: tuple[Desk, Desk]
) -> None:
    for row in await tables(house):
        if row["has_tenant"] or row["name"] in {"directory.tenants", "outbound.attempts"}:
            with within(""):
                assert await bare.fetchval(f"SELECT count(*) FROM {row['name']}") == 0


async def test_nothing_is_written_beyond_the_wall(
    bare: WalledPool, desks: tuple[Desk, Desk], house: House
) -> None:
    mine, theirs = (desk.tenant for desk in desks)
    with within(mine):
        done = await bare.execute(
            "UPDATE directory.people SET roles = '{admin}' WHERE tenant = $1", theirs
        )
        assert done == "UPDATE 0"
        assert await bare.execute("DELETE FROM directory.api_keys WHERE tenant = $1", theirs) == (
            "DELETE 0"
        )
        for change in (
            "INSERT INTO directory.teams (tenant, name, title) VALUES ($1, 'x', 'x')",
            "UPDATE directory.people SET tenant = $1",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await bare.execute(change, theirs)
        for forbidden in (
            "DELETE FROM inbox.request",
            "INSERT INTO history.event DEFAULT VALUES",
            "DELETE FROM outbound.deliveries",
            "SELECT * FROM checkpoints.checkpoint",
            "ALTER TABLE directory.people DISABLE ROW LEVEL SECURITY",
            "DROP POLICY of_tenant ON directory.people",
            "CREATE TABLE directory.mine (x int)",
        ):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
                await bare.execute(forbidden)


async def test_what_looks_past_the_wall_gives_only_what_was_proved(
    bare: WalledPool, desks: tuple[Desk, Desk], house: House
) -> None:
    theirs = desks[1]
    key = await house.key(theirs.tenant, "agents.late")
    with within(desks[0].tenant):
        found = await bare.fetch("SELECT tenant FROM directory.key_of_id($1)", key.split("_")[1])
        assert [row["tenant"] for row in found] == [theirs.tenant]
        assert await bare.fetch("SELECT * FROM directory.key_of_id('%')") == []
        assert await bare.fetch("SELECT * FROM directory.people_of_email('%', NULL)") == []


async def test_a_connection_that_changes_hands_changes_what_it_shows(
    house: House, desks: tuple[Desk, Desk]
) -> None:
    pool = WalledPool(await connect(house.settings.pg_dsn, min_size=1, max_size=1, role=WALLED))
    try:
        for tenant in (desks[0].tenant, desks[1].tenant, "", desks[0].tenant):
            with within(tenant):
                shown = await pool.fetch("SELECT DISTINCT tenant FROM directory.people")
                assert [row["tenant"] for row in shown] == ([tenant] if tenant else [])
        with within(desks[0].tenant), pytest.raises(asyncpg.DivisionByZeroError):
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute("SELECT 1 / 0")
        with within(desks[1].tenant):
            shown = await pool.fetch("SELECT DISTINCT tenant FROM directory.people")
            assert [row["tenant"] for row in shown] == [desks[1].tenant]
    finally:
        await pool.close()


async def test_a_view_that_is_built_anew_has_its_wall_before_it_is_shown(house: House) -> None:
    for view in (INBOX, HISTORY):
        await create_fresh(house.settings.pg_dsn, view)
        found = await house.door.past.fetch(_TABLES, [view.fresh])
        assert found
        assert {row["name"] for row in found if not row["walled"] and not row["is_view"]} == set()


async def test_putting_up_the_wall_again_touches_nothing(house: House) -> None:
    policies = "SELECT array_agg(oid ORDER BY oid) FROM pg_policy"
    before = await house.door.past.fetchval(policies)
    async with house.door.past.acquire() as connection:
        for schema in REACHES:
            await raise_wall(connection, schema)
    assert await house.door.past.fetchval(policies) == before


async def test_an_operator_is_told_what_is_missing(house: House) -> None:
    class Elsewhere:
        """A server whose role may make no roles, and has not the one that is needed."""

        async def fetchval(self, sql: str, *values: Any) -> Any:
            return "handraise" if "current_user" in sql and not values else None

        async def execute(self, sql: str) -> None:
            raise asyncpg.InsufficientPrivilegeError

    with pytest.raises(Misconfigured, match="CREATE ROLE handraise_api NOLOGIN; GRANT"):
        await raise_wall(Elsewhere(), "blobs")
