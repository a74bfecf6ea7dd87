"""Receivers that hang, fail or come back: they cost themselves time, and nobody else."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import Unavailable
from kernel.outbound.breaker import Breaker, Patience
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Result, Sign, Standing
from kernel.outbound.lanes import Lanes, Limits
from kernel.outbound.statements import CLAIM
from kernel.outbound.store import DeliveryStore
from tests.support.eventually import eventually
from tests.unit.outbound.deliveries import (
    BUSY,
    SERVICE,
    TAKEN,
    Book,
    Hand,
    delivery,
    new_courier,
    outbound_pool,
    working,
)

AILING = replace(BUSY, sign=Sign.AILING)
WELL = replace(TAKEN, sign=Sign.WELL)
PATIENCE = Patience(failures=3, pause_seconds=100)


@pytest.fixture
async def pool(database: str) -> AsyncGenerator[Any]:
    async with outbound_pool(database) as made:
        yield made


class Clock:
    """Time that passes when it is told to."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def breaker(clock: Clock) -> Breaker:
    return Breaker(PATIENCE, now=clock, luck=lambda: 0.5)


async def counted(pool: Any, condition: str) -> int:
    return await pool.fetchval(f"SELECT count(*) FROM outbound.deliveries WHERE {condition}")


async def test_ten_receivers_that_hang_keep_their_places_and_no_others(pool: Any) -> None:
    """The healthy ones finish all they have while every hanging one still holds its places."""
    hanging, inside = Counter[str](), asyncio.Event()

    async def do(one: Delivery) -> Result:
        if one.lane.startswith("quick"):
            return WELL
        hanging[one.lane] += 1
        await inside.wait()
        return AILING

    slow = [delivery(lane=f"slow {n % 10}") for n in range(400)]
    quick = [delivery(lane=f"quick {n % 5}") for n in range(300)]
    limits = Limits(at_once_per_lane=2, held_per_lane=4, held=50)
    async with working(courier := new_courier(pool, Hand(do=do), Book(), limits=limits)):
        await courier.accept(slow)

        async def all_hang() -> bool:
            return hanging.total() == 20

        await eventually(all_hang)
        await courier.accept(quick)

        async def quick_ones_through() -> bool:
            return await counted(pool, "status = 'delivered'") == 300

        await eventually(quick_ones_through)
        assert hanging == Counter({f"slow {n}": 2 for n in range(10)})
        assert await counted(pool, "lane LIKE 'slow%' AND status = 'pending'") == 400


async def test_a_receiver_that_only_fails_is_left_in_peace_and_its_deliveries_are_not_counted(
    pool: Any,
) -> None:
    hand, many = Hand(result=AILING), [delivery() for _ in range(40)]
    limits = Limits(at_once_per_lane=1, held_per_lane=40)
    async with working(
        courier := new_courier(pool, hand, Book(), limits=limits, breaker=breaker(Clock()))
    ):
        await courier.accept(many)

        async def given_back() -> bool:
            return await counted(pool, "claimed_by IS NULL") == 40

        await eventually(given_back)
        assert len(hand.carried) == 3
        assert await counted(pool, "attempts = 0 AND tries = 0 AND status = 'pending'") == 37
        assert await pool.fetchval("SELECT count(*) FROM outbound.attempts") == 3


async def test_a_trial_that_succeeds_brings_all_that_waited(pool: Any) -> None:
    clock, hand = Clock(), Hand(result=AILING)
    many = [delivery() for _ in range(30)]
    limits = Limits(at_once_per_lane=1, held_per_lane=30)
    async with working(
        courier := new_courier(pool, hand, Book(), limits=limits, breaker=breaker(clock))
    ):
        await courier.accept(many)

        async def shut() -> bool:
            return await counted(pool, "claimed_by IS NULL") == 30

        await eventually(shut)
        hand.result = WELL
        clock.at = 100.0

        async def through() -> bool:
            return await counted(pool, "status = 'delivered'") == 27

        await eventually(through)
    assert await counted(pool, "status = 'pending' AND attempts = 1") == 3


async def test_a_trial_that_fails_is_the_only_one_until_the_next_pause_is_over(pool: Any) -> None:
    clock, hand = Clock(), Hand(result=AILING)
    limits = Limits(at_once_per_lane=1, held_per_lane=30)
    async with working(
        courier := new_courier(pool, hand, Book(), limits=limits, breaker=breaker(clock))
    ):
        await courier.accept([delivery() for _ in range(10)])

        async def shut() -> bool:
            return await counted(pool, "claimed_by IS NULL") == 10

        await eventually(shut)
        clock.at = 100.0

        async def tried() -> bool:
            return len(hand.carried) > 3 and await shut()

        await eventually(tried)
    assert len(hand.carried) == 4


async def test_new_deliveries_for_a_receiver_left_in_peace_wait_and_others_go(pool: Any) -> None:
    lanes = breaker(Clock())
    for _ in range(3):
        lanes.note("bad", Sign.AILING)
    hand, bad, good = Hand(result=WELL), delivery(lane="bad"), delivery(lane="good")
    async with working(courier := new_courier(pool, hand, Book(), breaker=lanes)):
        await courier.accept([bad, good])

        async def through() -> bool:
            return await counted(pool, "status = 'delivered'") == 1

        await eventually(through)
    assert [one.id for one in hand.carried] == [good.id]


async def test_what_waits_at_a_dead_receiver_ends_when_the_schedule_would_have(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.outbound.courier.GIVE_UP_SECONDS", 0.02)
    lanes = breaker(Clock())
    for lane in ("bad", "bad", "bad"):
        lanes.note(lane, Sign.AILING)
    old, young, elsewhere = delivery(lane="bad"), delivery(lane="bad"), delivery(lane="other")
    await DeliveryStore(Database(pool), SERVICE, "gone").insert([old, young, elsewhere], [])
    await pool.execute(
        "UPDATE outbound.deliveries SET going_since = going_since - interval '34 hours'"
        " WHERE id = ANY ($1::uuid[])",
        [old.id, elsewhere.id],
    )
    async with working(new_courier(pool, Hand(result=WELL), book := Book(), breaker=lanes)):

        async def told() -> bool:
            return len(book.notices) == 2

        await eventually(told)
    ended = {notice[0].id: notice[0] for notice in book.notices}
    assert (ended[old.id].standing, ended[old.id].attempts) == (Standing.FAILED, 0)
    assert ended[old.id].error == "the receiver did not answer"
    assert ended[elsewhere.id].standing is Standing.DELIVERED
    assert await counted(pool, "status = 'pending'") == 1


async def test_only_what_is_due_at_the_lanes_that_are_named_is_given_up(pool: Any) -> None:
    store = DeliveryStore(Database(pool), SERVICE, "w1")
    named, other, held = delivery(lane="bad"), delivery(lane="good"), delivery(lane="bad")
    await store.insert([named, other, held], [held.id])
    await pool.execute("UPDATE outbound.deliveries SET going_since = going_since - interval '2 h'")
    assert await store.give_up(["bad"], 3 * 3600, "why") == set()
    assert await store.give_up(["bad"], 3600, "why") == {named.event_id}
    assert await counted(pool, "status = 'pending'") == 2


async def test_what_could_not_be_attempted_for_our_own_reasons_is_no_attempt(pool: Any) -> None:
    one, away = delivery(), True

    async def do(_one: Delivery) -> Result:
        if away:
            raise Unavailable("the directory is away")
        return WELL

    async with working(courier := new_courier(pool, hand := Hand(do=do), Book())):
        await courier.accept([one])

        async def tried() -> bool:
            return len(hand.carried) == 1

        await eventually(tried)
        assert await counted(pool, "attempts = 0 AND claimed_by = 'w1'") == 1
        away = False
        await pool.execute("UPDATE outbound.deliveries SET due_at = clock_timestamp()")

        async def through() -> bool:
            return await counted(pool, "status = 'delivered' AND attempts = 1") == 1

        await eventually(through)


async def test_a_claim_takes_of_each_lane_what_it_has_room_for_oldest_first(pool: Any) -> None:
    store = DeliveryStore(Database(pool), SERVICE, "w1")
    many = [delivery(lane=f"lane {n % 3}") for n in range(30)]
    for one in many:
        await store.insert([one], [])
    lanes = Lanes(Limits(held_per_lane=4, held=100))
    lanes.take("lane 0")
    claimed = await store.claim(lanes)
    assert Counter(one.lane for one in claimed) == {"lane 0": 3, "lane 1": 4, "lane 2": 4}
    assert {one.id for one in claimed} == {
        one.id for one in [*many[0:9:3], *many[1:12:3], *many[2:12:3]]
    }
    assert await store.claim(lanes) == []


async def test_a_backlog_behind_a_shut_lane_is_not_even_looked_at(pool: Any) -> None:
    """The plan's rows are what it costs: some per lane, not one per delivery that waits."""
    await pool.execute(
        "INSERT INTO outbound.deliveries (id, service, tenant, request_id, event_id, event,"
        " channel, target, lane, payload, status) SELECT gen_random_uuid(), $1, 'acme', 'r', n,"
        " 'e', 'webhook', 't', 'bad', '', 'pending' FROM generate_series(1, 20000) n",
        SERVICE,
    )
    await pool.execute("ANALYZE outbound.deliveries")
    lanes = breaker(Clock())
    for _ in range(3):
        lanes.note("bad", Sign.AILING)
    store, good = DeliveryStore(Database(pool), SERVICE, "w1"), delivery(lane="good")
    await store.insert([good], [])
    places = Lanes(Limits(), lanes).places()
    async with pool.acquire() as connection, connection.transaction():
        plan = await connection.fetch(
            f"EXPLAIN (ANALYZE, FORMAT TEXT, TIMING OFF) {CLAIM}",
            *(SERVICE, list(places), list(places.values()), 32, 1024, "w1", 8.0),
        )
    told = "\n".join(line[0] for line in plan)
    rows = re.findall(r"(?:actual rows=|Removed by Filter: )(\d+)", told)
    assert max(map(int, rows)) < 50, told
    claimed = await pool.fetch("SELECT id FROM outbound.deliveries WHERE claimed_by = 'w1'")
    assert [str(row["id"]) for row in claimed] == [good.id]
