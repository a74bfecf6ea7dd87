"""Deliveries on a real database: once each, at once, on schedule, reported, and never lost."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import NotFound, Unavailable
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Result, Standing
from kernel.outbound.lanes import Lanes, Limits
from kernel.outbound.queries import WebhookDelivery, deliveries_of, notifications_of
from kernel.outbound.redriving import NotFailed, redrive
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


async def row_of(pool: Any, one: Delivery) -> Any:
    return await pool.fetchrow(
        "SELECT *, extract(epoch FROM due_at - clock_timestamp()) AS seconds_left"
        " FROM outbound.deliveries WHERE id = $1",
        one.id,
    )


async def settled(pool: Any, one: Delivery, attempts: int = 1) -> Any:
    async def look() -> Any:
        row = await row_of(pool, one)
        return row if row is not None and row["attempts"] >= attempts else None

    return await eventually(look)


async def reported(pool: Any, one: Delivery) -> Any:
    async def look() -> Any:
        row = await row_of(pool, one)
        return row if row is not None and row["reported_at"] else None

    return await eventually(look)


async def make_due(pool: Any, one: Delivery) -> None:
    await pool.execute(
        "UPDATE outbound.deliveries SET due_at = clock_timestamp() WHERE id = $1", one.id
    )


async def shown(pool: Any) -> WebhookDelivery:
    (one,) = await deliveries_of(pool, "req-1", "acme")
    return one


async def test_a_delivery_is_made_at_once_kept_and_reported(pool: Any) -> None:
    hand, book, one = Hand(), Book(), delivery()
    async with working(courier := new_courier(pool, hand, book)):
        await courier.accept([one])
        await reported(pool, one)
    assert hand.carried == [one]
    assert [[told.standing for told in notice] for notice in book.notices] == [[Standing.DELIVERED]]
    found = await shown(pool)
    assert (found.status, found.status_code, found.retry_count) == ("delivered", 200, 0)
    assert (found.response_body, found.next_attempt_at) == ("thanks", None)
    assert (found.webhook_url, found.payload) == (one.target, '{"a":1}')
    assert (found.attempts[0].number, found.attempts[0].status_code) == (1, 200)


async def test_the_same_event_twice_is_one_delivery(pool: Any) -> None:
    hand, book, one = Hand(), Book(), delivery()
    async with working(courier := new_courier(pool, hand, book)):
        await courier.accept([one])
        await courier.accept([one])
        await reported(pool, one)
        await courier.accept([one])
    assert len(hand.carried) == 1
    assert len(book.notices) == 1


async def test_a_failed_attempt_is_repeated_after_five_seconds_more_or_less(pool: Any) -> None:
    hand, one = Hand(result=BUSY), delivery()
    async with working(courier := new_courier(pool, hand, Book())):
        await courier.accept([one])
        row = await settled(pool, one)
    assert (row["status"], row["error"]) == ("pending", "503: busy")
    assert 0 < row["seconds_left"] <= 5
    assert (await shown(pool)).next_attempt_at == row["due_at"]


async def test_a_receiver_that_asks_for_time_gets_it(pool: Any) -> None:
    hand, one = Hand(result=replace(BUSY, retry_after_seconds=3600.0)), delivery()
    async with working(courier := new_courier(pool, hand, Book())):
        await courier.accept([one])
        row = await settled(pool, one)
    assert 3590 < row["seconds_left"] <= 3600


async def test_the_schedule_is_kept_to_its_end_and_then_the_failure_reported(pool: Any) -> None:
    hand, book, one = Hand(result=BUSY), Book(), delivery()
    async with working(courier := new_courier(pool, hand, book)):
        await courier.accept([one])
        waits: list[float] = []
        for attempt in range(1, 8):
            row = await settled(pool, one, attempt)
            waits.append(row["seconds_left"])
            await make_due(pool, one)
        await reported(pool, one)
    planned = [5, 300, 1800, 7200, 18_000, 36_000, 36_000]
    assert all(0 <= plan - wait < 5 for plan, wait in zip(planned, waits, strict=True))
    assert {(had.id, had.payload) for had in hand.carried} == {(one.id, one.payload)}
    ((told,),) = book.notices
    assert (told.standing, told.attempts, told.error) == (Standing.FAILED, 8, "503: busy")
    assert [made.number for made in (await shown(pool)).attempts] == list(range(1, 9))


async def test_a_receiver_that_wants_no_more_gets_no_more(pool: Any) -> None:
    hand, book, one = Hand(result=GONE), Book(), delivery()
    async with working(courier := new_courier(pool, hand, book)):
        await courier.accept([one])
        row = await reported(pool, one)
    assert (row["status"], row["attempts"]) == ("failed", 1)


async def test_what_waits_is_carried_by_the_next_process_when_it_is_due(pool: Any) -> None:
    first, second, one = Hand(result=BUSY), Hand(), delivery()
    async with working(courier := new_courier(pool, first, Book(), worker="w1")):
        await courier.accept([one])
        await settled(pool, one)
    async with working(new_courier(pool, second, book := Book(), worker="w2")):
        await eventually(lambda: row_of(pool, one))
        assert second.carried == []
        await make_due(pool, one)
        await reported(pool, one)
    ((again, before),) = zip(second.carried, first.carried, strict=True)
    assert (again.id, again.event_id, again.payload) == (
        before.id,
        before.event_id,
        before.payload,
    )
    assert len(book.notices) == 1


async def test_a_worker_that_dies_in_mid_attempt_is_replaced_when_its_claim_lapses(
    pool: Any,
) -> None:
    """Killed between attempt and record: nothing of its own is tidied up."""
    one = delivery()
    dead = DeliveryStore(Database(pool), SERVICE, "dead")
    await dead.insert([one], [one.id])
    async with working(new_courier(pool, hand := Hand(), Book(), worker="w2")):
        row = await row_of(pool, one)
        assert (row["claimed_by"], hand.carried) == ("dead", [])
        assert 0 < row["seconds_left"] <= 8
        await make_due(pool, one)
        await reported(pool, one)
    assert [(had.id, had.payload) for had in hand.carried] == [(one.id, one.payload)]


async def test_a_long_attempt_keeps_its_claim(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.outbound.courier.RENEW_SECONDS", 0.02)
    one, go = delivery(), asyncio.Event()

    async def slow(_one: Delivery) -> Result:
        await go.wait()
        return TAKEN

    async with working(courier := new_courier(pool, Hand(do=slow), Book())):
        await courier.accept([one])
        first = (await row_of(pool, one))["due_at"]

        async def renewed() -> bool:
            return (await row_of(pool, one))["due_at"] > first

        await eventually(renewed)
        go.set()
        await reported(pool, one)


async def test_a_process_that_stops_in_good_order_lets_go_at_once(pool: Any) -> None:
    one = delivery()

    async def never(_one: Delivery) -> Result:
        return await asyncio.Event().wait() or TAKEN

    async with working(courier := new_courier(pool, stuck := Hand(do=never), Book())):
        await courier.accept([one])

        async def began() -> bool:
            return bool(stuck.carried)

        await eventually(began)
    row = await row_of(pool, one)
    assert (row["claimed_by"], row["attempts"]) == (None, 0)
    assert row["seconds_left"] <= 0


async def test_a_success_counts_though_the_claim_was_lost_a_failure_does_not(pool: Any) -> None:
    lost, kept, other = delivery(), delivery(), asyncio.Event()

    async def late(one: Delivery) -> Result:
        await other.wait()
        return TAKEN if one.id == kept.id else BUSY

    async with working(courier := new_courier(pool, Hand(do=late), book := Book())):
        await courier.accept([lost, kept])
        await pool.execute("UPDATE outbound.deliveries SET claimed_by = 'another'")
        other.set()
        await reported(pool, kept)
    assert [notice[0].id for notice in book.notices] == [kept.id]
    row = await row_of(pool, lost)
    assert (row["status"], row["attempts"], row["claimed_by"]) == ("pending", 0, "another")
    assert (
        await pool.fetchval(
            "SELECT count(*) FROM outbound.attempts WHERE delivery_id = $1", lost.id
        )
        == 1
    )


async def test_two_workers_never_carry_the_same_row_at_once(pool: Any) -> None:
    many = [delivery(lane=f"lane {n % 7}") for n in range(200)]
    await DeliveryStore(Database(pool), SERVICE, "gone").insert(many, [])
    hands = [Hand(), Hand()]
    async with (
        working(new_courier(pool, hands[0], Book(), worker="w1")),
        working(new_courier(pool, hands[1], Book(), worker="w2")),
    ):
        for one in many:
            await reported(pool, one)
    carried = [one.id for hand in hands for one in hand.carried]
    assert sorted(carried) == sorted(one.id for one in many)


async def test_a_report_that_fails_is_made_again(pool: Any) -> None:
    book, one = Book(error=Unavailable("Kafka is away")), delivery()
    async with working(courier := new_courier(pool, Hand(), book)):
        await courier.accept([one])

        async def tried() -> bool:
            return book.tried > 0

        await eventually(tried)
        assert (await row_of(pool, one))["reported_at"] is None
        book.error = None
        await reported(pool, one)
    assert len(book.notices) == 1


async def test_what_a_dead_worker_settled_but_did_not_report_is_reported(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = delivery().settled(Standing.DELIVERED)
    await DeliveryStore(Database(pool), SERVICE, "dead").insert([one], [])
    await pool.execute("UPDATE outbound.deliveries SET settled_at = settled_at - interval '6 s'")
    monkeypatch.setattr("kernel.outbound.clerk.REPORT_AFTER_SECONDS", 0.02)
    async with working(new_courier(pool, Hand(), book := Book())):
        await reported(pool, one)
    assert len(book.notices) == 1


async def test_one_receiver_that_hangs_delays_nobody_else(pool: Any) -> None:
    async def stuck(one: Delivery) -> Result:
        if one.lane == "slow":
            await asyncio.Event().wait()
        return TAKEN

    slow = [delivery(lane="slow") for _ in range(40)]
    quick = [delivery(lane=f"quick {n % 3}") for n in range(30)]
    limits = Limits(at_once_per_lane=2, held_per_lane=4, held=12)
    async with working(courier := new_courier(pool, Hand(do=stuck), Book(), limits=limits)):
        await courier.accept(slow)
        await courier.accept(quick)
        for one in quick:
            await reported(pool, one)
    waiting = await pool.fetchval(
        "SELECT count(*) FROM outbound.deliveries WHERE lane = 'slow' AND status = 'pending'"
    )
    assert waiting == 40


async def test_more_than_a_lane_holds_is_carried_in_the_end(pool: Any) -> None:
    many = [delivery() for _ in range(60)]
    limits = Limits(at_once_per_lane=2, held_per_lane=8, held=12)
    async with working(courier := new_courier(pool, hand := Hand(), Book(), limits=limits)):
        await courier.accept(many)
        for one in many:
            await reported(pool, one)
    assert sorted(one.id for one in hand.carried) == sorted(one.id for one in many)


async def test_a_carrier_with_a_bug_delays_only_its_delivery(pool: Any) -> None:
    bad, good = delivery(), delivery()

    async def odd(one: Delivery) -> Result:
        if one.id == bad.id:
            raise ZeroDivisionError
        return TAKEN

    async with working(courier := new_courier(pool, Hand(do=odd), Book())):
        await courier.accept([bad, good])
        await reported(pool, good)
        row = await settled(pool, bad)
    assert (row["status"], row["error"]) == ("pending", "internal: ZeroDivisionError")


async def test_a_failed_delivery_is_set_going_again_with_the_same_id(pool: Any) -> None:
    hand, book, one = Hand(result=GONE), Book(), delivery()
    async with working(courier := new_courier(pool, hand, book)):
        await courier.accept([one])
        await reported(pool, one)
        hand.result = TAKEN
        await redrive(pool, one.id, "acme", "olga")

        async def twice() -> bool:
            return len(book.notices) == 2

        await eventually(twice)
    assert [(had.id, had.payload) for had in hand.carried] == [(one.id, one.payload)] * 2
    assert book.notices[1][0].standing is Standing.DELIVERED
    assert [made.number for made in (await shown(pool)).attempts] == [1, 2]


async def test_only_its_tenant_sets_a_delivery_going_and_only_a_failed_one(pool: Any) -> None:
    one = delivery().settled(Standing.FAILED)
    done = delivery().settled(Standing.DELIVERED)
    await DeliveryStore(Database(pool), SERVICE, "w1").insert([one, done], [])
    for who, tenant in ((one.id, "other"), ("no uuid", "acme"), (SERVICE, "acme")):
        with pytest.raises(NotFound):
            await redrive(pool, who, tenant, "olga")
    with pytest.raises(NotFailed, match="delivered"):
        await redrive(pool, done.id, "acme", "olga")
    assert await deliveries_of(pool, "req-1", "other") == []


async def test_what_is_withdrawn_is_not_carried_any_more_nor_reported(pool: Any) -> None:
    first, second = delivery(request_id="req-1"), delivery(request_id="req-2")
    store = DeliveryStore(Database(pool), SERVICE, "w1")
    await store.insert([first, second], [])
    await store.withdraw(["req-1"])
    claimed = await store.claim(Lanes(Limits()))
    assert [one.id for one in claimed] == [second.id]
    assert (await row_of(pool, first))["status"] == "withdrawn"
    assert await store.notices([first.event_id]) == []


async def test_a_response_that_is_no_text_is_kept_as_far_as_it_can_be(pool: Any) -> None:
    odd = Result(verdict=BUSY.verdict, response=b"\xff\x00a" * 2000, error="x\0y\ud800" * 1000)
    async with working(courier := new_courier(pool, Hand(result=odd), Book())):
        await courier.accept([one := delivery()])
        row = await settled(pool, one)
    found = await shown(pool)
    assert found.response_body is not None
    assert len(found.response_body) <= 1024
    assert len(row["error"]) == 500


async def test_channels_of_a_notice_are_shown_as_notifications(pool: Any) -> None:
    mail = delivery(service="notifier_svc", channel="email", target="a@example.org")
    web = delivery(service="notifier_svc", channel="web", target="queue")
    await DeliveryStore(Database(pool), "notifier_svc", "w1").insert(
        [mail.settled(Standing.DELIVERED), web.settled(Standing.DELIVERED)], []
    )
    told = await notifications_of(pool, "req-1", "acme")
    assert {(one.channel, one.recipient, one.status) for one in told} == {
        ("email", "a@example.org", "sent"),
        ("web", "queue", "delivered"),
    }
