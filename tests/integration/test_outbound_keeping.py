"""What becomes of deliveries after their end: reported, shown, set going again, removed."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.errors import Unavailable
from kernel.outbound.course import Course
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Result, Standing
from kernel.outbound.queries import deliveries_of
from kernel.outbound.redriving import Stuck, Which, redrive_all, stuck_callbacks
from kernel.outbound.retention import Retention
from kernel.outbound.store import DeliveryStore
from tests.support.eventually import eventually
from tests.unit.outbound.deliveries import (
    BUSY,
    GONE,
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


async def put_in(pool: Any, *deliveries: Delivery) -> None:
    store = DeliveryStore(Database(pool), SERVICE, "w1")
    for one in deliveries:
        await store.insert([one], [])


def failed(**over: Any) -> Delivery:
    return delivery(**over).settled(Standing.FAILED, "503: busy")


async def test_a_success_that_is_a_notice_by_itself_is_reported_before_it_is_kept(
    pool: Any,
) -> None:
    standing: list[str] = []

    class Early(Book):
        async def __call__(self, notice: Any) -> bool:
            query = "SELECT status FROM outbound.deliveries WHERE id = $1"
            standing.append(await pool.fetchval(query, notice[0].id))
            return await super().__call__(notice)

    book, one = Early(alone=True), delivery()
    async with working(courier := new_courier(pool, Hand(), book)):
        await courier.accept([one])
        row = await reported(pool, one)
    assert standing == ["pending"]
    assert (row["status"], row["attempts"]) == ("delivered", 1)
    ((told,),) = book.notices
    assert (told.standing, told.attempts, told.status_code) == (Standing.DELIVERED, 1, 200)


@pytest.mark.parametrize("result", [TAKEN, GONE])
async def test_what_can_not_be_reported_at_once_is_kept_and_reported_later(
    pool: Any, result: Result
) -> None:
    book, one = Book(alone=True, error=Unavailable("Kafka is away")), delivery()
    async with working(courier := new_courier(pool, Hand(result=result), book)):
        await courier.accept([one])

        async def kept() -> bool:
            return await pool.fetchval("SELECT settled_at FROM outbound.deliveries") is not None

        await eventually(kept)
        assert book.notices == []
        book.error = None
        await reported(pool, one)
    assert [notice[0].standing for notice in book.notices] == [
        Standing.DELIVERED if result is TAKEN else Standing.FAILED
    ]


async def test_a_report_that_hangs_does_not_keep_an_attempt_from_being_kept(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.outbound.clerk.TELL_FIRST_SECONDS", 0.02)
    go = asyncio.Event()

    class Slow(Book):
        async def __call__(self, notice: Any) -> bool:
            await go.wait()
            return await super().__call__(notice)

    one = delivery()
    async with working(courier := new_courier(pool, Hand(), book := Slow(alone=True))):
        await courier.accept([one])

        async def kept() -> bool:
            return await pool.fetchval("SELECT status FROM outbound.deliveries") == "delivered"

        await eventually(kept)
        go.set()
        await reported(pool, one)
    assert len(book.notices) == 1


async def test_a_success_that_comes_after_another_gave_up_counts(pool: Any) -> None:
    go = asyncio.Event()

    async def late(_one: Delivery) -> Result:
        await go.wait()
        return TAKEN

    one = delivery()
    async with working(courier := new_courier(pool, Hand(do=late), Book(alone=True))):
        await courier.accept([one])
        await pool.execute("UPDATE outbound.deliveries SET status = 'failed', claimed_by = 'x'")
        go.set()
        row = await reported(pool, one)
    assert row["status"] == "delivered"


async def test_how_an_attempt_went_is_shown(pool: Any) -> None:
    course = Course(address="93.184.216.34", dns_ms=1.2, connect_ms=20.4, first_byte_ms=3.1)
    result = Result(
        verdict=BUSY.verdict, error="503: busy", headers={"webhook-id": "e1"}, course=course
    )
    one = delivery()
    async with working(courier := new_courier(pool, Hand(result=result), Book())):
        await courier.accept([one])

        async def tried() -> bool:
            return await pool.fetchval("SELECT count(*) FROM outbound.attempts") == 1

        await eventually(tried)
    (found,) = await deliveries_of(pool, one.request_id, one.tenant)
    (made,) = found.attempts
    assert (made.address, made.dns_ms, made.connect_ms, made.first_byte_ms) == (
        "93.184.216.34",
        1.2,
        20.4,
        3.1,
    )
    assert made.request_headers == {"webhook-id": "e1"}
    assert found.payload_sha256 == (
        "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    )


async def test_what_did_not_get_through_is_listed_newest_first_page_by_page(pool: Any) -> None:
    mine = [failed() for _ in range(5)]
    others = (failed(tenant="other"), delivery(), delivery().settled(Standing.DELIVERED))
    await put_in(pool, *mine, *others)
    which, seen, after = Which(tenant="acme"), list[str](), None
    while page := await stuck_callbacks(pool, which, limit=2, after=after):
        seen += [one.id for one in page]
        after = (page[-1].created_at, page[-1].id)
    assert seen == [one.id for one in reversed(mine)]
    (waiting,) = await stuck_callbacks(pool, which, Stuck.PENDING)
    assert (waiting.id, waiting.next_attempt_at is None) == (others[1].id, False)


@pytest.mark.parametrize(
    ("which", "fits"),
    [
        (Which(tenant="acme"), "abc"),
        (Which(tenant=None), "abcd"),
        (Which(tenant="acme", request_id="r2"), "b"),
        (Which(tenant="acme", target="https://c.example/"), "c"),
        (Which(tenant="acme", target="https://c.example"), ""),
        (Which(tenant="acme", since=datetime.now(UTC) + timedelta(hours=1)), ""),
        (Which(tenant="acme", before=datetime.now(UTC) - timedelta(hours=1)), ""),
        (Which(tenant="acme", since=datetime.now(UTC) - timedelta(hours=1)), "abc"),
    ],
)
async def test_many_are_set_going_again_by_what_they_have_in_common(
    pool: Any, which: Which, fits: str
) -> None:
    there = {
        "a": failed(),
        "b": failed(request_id="r2"),
        "c": failed(target="https://c.example/"),
        "d": failed(tenant="other"),
    }
    through = delivery().settled(Standing.DELIVERED)
    await put_in(pool, *there.values(), through)
    await pool.execute("UPDATE outbound.deliveries SET reported_at = clock_timestamp()")
    assert await redrive_all(pool, which, "olga") == len(fits)
    rows = await pool.fetch(
        "SELECT id, redriven_by, tries, due_at <= clock_timestamp() AS due, reported_at"
        " FROM outbound.deliveries WHERE status = 'pending'"
    )
    assert {str(row["id"]) for row in rows} == {there[name].id for name in fits}
    for row in rows:
        assert (row["redriven_by"], row["tries"], row["due"]) == ("olga", 0, True)
        assert row["reported_at"] is None


async def test_so_many_at_a_time_the_oldest_first(pool: Any) -> None:
    many = [failed() for _ in range(5)]
    await put_in(pool, *many)
    assert await redrive_all(pool, Which(tenant="acme"), "olga", limit=2) == 2
    rest = await stuck_callbacks(pool, Which(tenant="acme"))
    assert [one.id for one in rest] == [one.id for one in reversed(many[2:])]


async def test_what_ended_long_ago_is_removed_in_batches_and_nothing_else(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.outbound.retention.BATCH", 2)
    done = [delivery(secret_ref="request:r:1").settled(Standing.DELIVERED) for _ in range(5)]
    ended, young, waiting = failed(), delivery().settled(Standing.DELIVERED), delivery()
    foreign = delivery(service="notifier_svc").settled(Standing.DELIVERED)
    await put_in(pool, *done, ended, young, waiting)
    await DeliveryStore(Database(pool), "notifier_svc", "w1").insert([foreign], [])
    await pool.execute(
        "UPDATE outbound.deliveries SET settled_at = settled_at - interval '31 days',"
        " created_at = created_at - interval '31 days' WHERE id <> $1",
        young.id,
    )
    forgotten: list[str] = []

    async def forget(_connection: Any, removed: Any) -> None:
        forgotten.extend(one.id for one in removed)

    assert await Retention(Database(pool), SERVICE, forget).sweep() == 5
    assert sorted(forgotten) == sorted(one.id for one in done)
    left = {str(row["id"]) for row in await pool.fetch("SELECT id FROM outbound.deliveries")}
    assert left == {ended.id, young.id, waiting.id, foreign.id}
    await pool.execute(
        "UPDATE outbound.deliveries SET settled_at = settled_at - interval '60 days'"
    )
    assert await Retention(Database(pool), SERVICE).sweep() == 2


async def test_what_can_not_be_forgotten_with_a_delivery_keeps_it(pool: Any) -> None:
    old = delivery().settled(Standing.DELIVERED)
    await put_in(pool, old)
    await pool.execute(
        "UPDATE outbound.deliveries SET settled_at = settled_at - interval '31 days'"
    )

    async def broken(_connection: Any, _removed: Any) -> None:
        raise Unavailable("the directory is away")

    with pytest.raises(Unavailable):
        await Retention(Database(pool), SERVICE, broken).sweep()
    assert await pool.fetchval("SELECT count(*) FROM outbound.deliveries") == 1
