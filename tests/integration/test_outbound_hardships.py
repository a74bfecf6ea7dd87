"""What must not stop a courier: repeated events, odd answers, a database that comes and goes."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from kernel.consumer import helps_to_retry
from kernel.errors import Unavailable
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Result
from kernel.outbound.lanes import Lanes, Limits
from kernel.outbound.statements import GIVE_BACK
from kernel.outbound.store import DeliveryStore
from tests.support.eventually import eventually
from tests.unit.outbound.deliveries import (
    SERVICE,
    TAKEN,
    Book,
    Hand,
    delivery,
    new_courier,
    outbound_pool,
    working,
)


@pytest.fixture
async def pool(database: str) -> AsyncGenerator[Any]:
    async with outbound_pool(database) as made:
        yield made


async def reported(pool: Any, one: Delivery) -> Any:
    async def look() -> Any:
        return await pool.fetchrow(
            "SELECT * FROM outbound.deliveries WHERE id = $1 AND reported_at IS NOT NULL", one.id
        )

    return await eventually(look)


async def test_an_event_that_comes_twice_in_one_batch_takes_no_place_for_good(pool: Any) -> None:
    first, both, together = delivery(), [delivery(), delivery()], asyncio.Barrier(2)

    async def carry(asked: Delivery) -> Result:
        if asked.id != first.id:
            await together.wait()
        return TAKEN

    limits = Limits(at_once_per_lane=2, held_per_lane=2, held=2)
    async with working(courier := new_courier(pool, Hand(carry), Book(), limits=limits)):
        await courier.accept([first, first])
        await reported(pool, first)
        await courier.accept(both)
        for one in both:
            await reported(pool, one)


async def test_a_name_that_no_row_can_hold_stops_nobody(pool: Any) -> None:
    """A mail server's answer in Latin-1 has bytes that aiosmtplib makes lone surrogates of."""

    async def answer(asked: Delivery) -> Result:
        return replace(TAKEN, provider="smtp", provider_id="250 f\udcfcr Sie \0" * 20)

    hand, odd = Hand(do=answer), delivery()
    async with working(courier := new_courier(pool, hand, Book())) as work:
        await courier.accept([odd])
        row = await reported(pool, odd)
        assert not work.done()
    assert row["provider_id"].startswith("250 f")
    assert len(hand.carried) == 1


class Failing(Database):
    """A database that is away for one statement."""

    def __init__(self, pool: Any, statement: str) -> None:
        super().__init__(pool)
        self._statement = statement

    async def execute(self, sql: str, *values: Any) -> None:
        if sql == self._statement:
            raise Unavailable("Postgres is away")
        await super().execute(sql, *values)


class Crowding(Lanes):
    """Lanes of which something new takes the last place while a claim is made."""

    def claimed(self, lanes: Any, places: dict[str, int]) -> None:
        super().claimed(lanes, places)
        assert self.take("one")


async def test_a_claim_that_can_not_all_be_kept_costs_no_places(pool: Any) -> None:
    waiting = [delivery(lane="one"), delivery(lane="one")]
    await DeliveryStore(Database(pool), SERVICE, "gone").insert(waiting, [])
    lanes = Crowding(Limits(held_per_lane=2, held=2))
    claimed = await DeliveryStore(Failing(pool, GIVE_BACK), SERVICE, "w1").claim(lanes)
    # Whoever gets a delivery gives its place back; for what nobody gets there is none.
    for one in claimed:
        lanes.leave(one.lane)
    lanes.leave("one")
    assert lanes.room == 2
    assert len(claimed) == 1


async def test_a_database_that_only_reads_for_a_while_stops_nobody(
    pool: Any, database: str
) -> None:
    """As one does that a failover has made a standby of the one that it was."""
    name = await pool.fetchval("SELECT current_database()")
    one, hand = delivery(), Hand()
    await DeliveryStore(Database(pool), SERVICE, "gone").insert([one], [])
    admin: Any = await asyncpg.connect(database)
    try:
        await admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await pool.expire_connections()
        with pytest.raises(Unavailable):
            await DeliveryStore(Database(pool), SERVICE, "w1").claim(Lanes(Limits()))
        async with working(new_courier(pool, hand, Book())) as work:
            await admin.execute("SET default_transaction_read_only = off")
            await admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            await pool.expire_connections()
            await reported(pool, one)
            assert not work.done()
    finally:
        await admin.close()


async def test_a_changed_table_stops_nobody_in_a_transaction(pool: Any) -> None:
    """A release that adds a column is set up while copies of the one before it still work."""
    database = Database(pool)
    statement = "SELECT * FROM outbound.deliveries"

    async def read() -> None:
        async with database.connection() as connection, connection.transaction():
            await connection.fetch(statement)

    await read()
    await pool.execute("ALTER TABLE outbound.deliveries ADD COLUMN new_here text")
    with pytest.raises(Unavailable):
        await read()
    await read()


async def test_a_database_that_lets_nobody_in_costs_no_event(pool: Any, database: str) -> None:
    """As while it is restored: what was to be handled is tried again, not given up."""
    name = await pool.fetchval("SELECT current_database()")
    parts = urlsplit(database)
    admin: Any = await asyncpg.connect(parts._replace(path="/postgres").geturl())
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await pool.expire_connections()
        with pytest.raises(Unavailable) as away:
            await Database(pool).row("SELECT 1")
        assert helps_to_retry(away.value)
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert await Database(pool).row("SELECT 1")
    finally:
        await admin.close()


class Refusing:
    """A pool whose server has another password by now."""

    def acquire(self, *, timeout: float) -> Any:
        raise asyncpg.InvalidPasswordError(f"password authentication failed within {timeout} s")


async def test_a_password_that_was_changed_costs_no_event() -> None:
    with pytest.raises(Unavailable) as away:
        await Database(Refusing()).row("SELECT 1")
    assert helps_to_retry(away.value)
