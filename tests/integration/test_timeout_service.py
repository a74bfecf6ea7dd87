"""Timers on the real broker and database: on time, never early, and not lost with a process."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from event_schemas.types import (
    Envelope,
    Escalate,
    Expire,
    NextStep,
    Release,
    Remind,
    Started,
    StepKind,
)
from kernel.clock import utc_now
from kernel.ids import new_id
from kernel.outbound.database import Database
from kernel.outbound.host import Grounds, Work
from kernel.topics import PUBLIC
from services.timeout_svc.firing import Firing
from services.timeout_svc.safe_clock import SafeClock, steady
from services.timeout_svc.store import TimerStore
from services.timeout_svc.timer import SERVICE, latest
from services.timeout_svc.watch import Watch
from services.timeout_svc.wiring import build
from tests.support.eventually import eventually
from tests.support.servers import OwnPostgres
from tests.unit.outbound.circle import Circle, Said, circle, free_ports, serving, started
from tests.unit.outbound.envelopes import envelope


@pytest.fixture
async def around(kafka: str, database: str, topic_prefix: str) -> AsyncGenerator[Circle]:
    async with circle(kafka, database, topic_prefix) as made:
        yield made


def soon(seconds: float = 0.5) -> datetime:
    return utc_now() + timedelta(seconds=seconds)


def step(at: datetime, kind: StepKind = StepKind.EXPIRE, generation: int = 1) -> NextStep:
    return NextStep(kind=kind, at=at, generation=generation)


def says(request_id: str, version: int, due: NextStep | None) -> Envelope:
    return envelope(Started(), request_id=request_id, version=version, next_step=due)


def stamped(said: Said) -> datetime:
    return datetime.fromtimestamp(said.stamp / 1000, UTC)


async def known(pool: Any, request_id: str, version: int) -> Any:
    async def look() -> Any:
        return await pool.fetchrow(
            "SELECT * FROM timers.timers WHERE request_id = $1 AND version >= $2",
            request_id,
            version,
        )

    return await eventually(look)


async def a_later_timer_fires(around: Circle) -> None:
    """Proof that the clock went on: what should have fired before this has had its chance."""
    last = new_id()
    await around.publish(says(last, 1, step(soon(0.2))))
    await around.heard(last)


async def test_steps_of_every_kind_fire_when_they_are_due_and_not_before(around: Circle) -> None:
    bodies = {
        StepKind.RELEASE: Release(generation=7),
        StepKind.REMIND: Remind(generation=7),
        StepKind.ESCALATE: Escalate(generation=7),
        StepKind.EXPIRE: Expire(generation=7),
    }
    due = soon()
    steps = {new_id(): step(due, kind, 7) for kind in bodies}
    async with serving(around, SERVICE, build):
        await around.publish(*(says(key, 1, one) for key, one in steps.items()))
        for key, one in steps.items():
            (said,) = await around.heard(key)
            assert said.body == bodies[one.kind]
            assert stamped(said) >= due - timedelta(milliseconds=1)
            assert (said.command.actor.id, said.command.tenant) == (SERVICE, "acme")


async def test_what_was_closed_or_moved_does_not_fire_at_the_old_time(around: Circle) -> None:
    closed, moved, reordered = new_id(), new_id(), new_id()
    first, later = soon(4), soon(5)
    async with serving(around, SERVICE, build):
        await around.publish(
            says(closed, 1, step(first)),
            says(moved, 1, step(first)),
            says(reordered, 3, None),
            says(closed, 2, None),
            says(moved, 2, step(later, generation=2)),
            says(reordered, 2, step(first)),
        )
        (said,) = await around.heard(moved)
        await a_later_timer_fires(around)
    assert said.body == Expire(generation=2)
    assert stamped(said) >= later - timedelta(milliseconds=1)
    assert {one.command.request_id for one in around.said}.isdisjoint({closed, reordered})


async def test_a_step_that_brings_nothing_is_said_again_with_the_same_id_until_it_does(
    around: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.timeout_svc.store.AGAIN_SECONDS", 0.1)
    key, due = new_id(), step(soon(0.1))
    async with serving(around, SERVICE, build):
        await around.publish(says(key, 1, due), says(key, 2, due))
        said = await around.heard(key, 3)
        await around.publish(says(key, 3, None))
        assert (await known(around.pool, key, 3))["fire_at"] is None
    assert len({one.command.command_id for one in said}) == 1


async def test_a_clock_that_was_ahead_speaks_too_early_once_and_then_in_time(
    around: Circle,
) -> None:
    """The database's clock, or an old word of the broker's, may be ahead of the broker."""
    clock = SafeClock()
    clock.hear_broker(soon(3600), steady())

    def make(grounds: Grounds) -> Work:
        firing = Firing(grounds.settings, grounds.sender, clock)
        watch = Watch(TimerStore(grounds.database), firing, clock)
        return Work(topics=PUBLIC, handle=watch.handle, parts=[watch])

    key, due = new_id(), soon(3)
    async with serving(around, SERVICE, make):
        await around.publish(says(key, 1, step(due)))
        early, in_time = await around.heard(key, 2)
        await a_later_timer_fires(around)
    assert stamped(early) < due
    assert stamped(in_time) >= due - timedelta(milliseconds=1)
    assert len([one for one in around.said if one.command.request_id == key]) == 2


async def test_killed_and_started_again_it_fires_what_is_due_and_nothing_before(
    around: Circle,
) -> None:
    keys = past, future, far = new_id(), new_id(), new_id()
    first = await started(around, "services.timeout_svc", free_ports())
    await around.publish(*(says(key, 1, step(soon(900))) for key in keys))
    for key in keys:
        await known(around.pool, key, 1)
    await first.kill()
    due = {past: soon(-1), future: soon(4)}
    for key, at in due.items():
        await around.pool.execute(
            "UPDATE timers.timers SET at = $2, fire_at = $2 WHERE request_id = $1", key, at
        )
    second = await started(around, "services.timeout_svc", free_ports())
    for key, at in due.items():
        (said,) = await around.heard(key)
        assert stamped(said) >= at - timedelta(milliseconds=1)
    assert await second.stop() == 0
    assert far not in {one.command.request_id for one in around.said}


async def test_copies_share_the_work_and_say_everything_once(around: Circle) -> None:
    due = soon(2)
    keys = [new_id() for _ in range(400)]
    store = TimerStore(Database(around.pool))
    await store.put(latest([says(key, 1, step(due)) for key in keys]))
    async with serving(around, SERVICE, build), serving(around, SERVICE, build):

        async def all_said() -> bool:
            return len(around.said) >= len(keys)

        await eventually(all_said)
        await a_later_timer_fires(around)
    fired = [one.command.request_id for one in around.said]
    assert sorted(fired[: len(keys)]) == sorted(keys)
    assert len(fired) == len(keys) + 1
    assert all(stamped(one) >= due - timedelta(milliseconds=1) for one in around.said)


async def test_what_one_copy_has_taken_no_other_takes(around: Circle) -> None:
    store, due = TimerStore(Database(around.pool)), soon(-10)
    await store.put(latest([says(new_id(), 1, step(due)) for _ in range(100)]))
    now = utc_now()
    takes = await asyncio.gather(*(store.take(now, 30) for _ in range(5)))
    taken = [one.request_id for take in takes for one in take]
    assert len(taken) == len(set(taken)) == 100
    assert await store.take(now, 30) == []
    assert len(await store.take(now + timedelta(seconds=6), 200)) == 100
    assert await store.take(now + timedelta(seconds=9), 200) == []


async def test_an_idle_request_is_forgotten_a_waiting_one_never(around: Circle) -> None:
    store = TimerStore(Database(around.pool))
    await store.put(latest([says("a", 1, None), says("b", 1, step(soon(1))), says("c", 1, None)]))
    await around.pool.execute(
        "UPDATE timers.timers SET changed_at = changed_at - interval '2 days'"
        " WHERE request_id <> 'c'"
    )
    await store.clean()
    left = await around.pool.fetch("SELECT request_id FROM timers.timers ORDER BY 1")
    assert [row["request_id"] for row in left] == ["b", "c"]
    assert (await store.count()).pending == 1


async def test_timers_outlive_the_database_going_down(
    kafka: str, topic_prefix: str, own_postgres: Callable[[], OwnPostgres]
) -> None:
    server = own_postgres()
    async with circle(kafka, server.dsn, topic_prefix) as around:
        before, after = new_id(), new_id()
        async with serving(around, SERVICE, build):
            await around.publish(says(before, 1, step(soon(1.5))))
            await known(around.pool, before, 1)
            await asyncio.to_thread(server.kill)
            await around.publish(says(after, 1, step(soon(0.1))))
            await asyncio.to_thread(server.start)
            await around.heard(before)
            await around.heard(after)
