"""Copies of timeout_svc that die, stand still or have a wrong clock: nothing is lost or early."""

import signal
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from event_schemas.types import Envelope, NextStep, Started, StepKind
from kernel.clock import utc_now
from kernel.ids import new_id
from kernel.outbound import host
from kernel.outbound.database import Database
from kernel.topics import partition_for
from services.timeout_svc.store import TimerStore
from services.timeout_svc.timer import SERVICE, latest
from services.timeout_svc.wiring import build
from tests.support.eventually import eventually
from tests.unit.outbound.circle import Circle, Said, circle, free_ports, serving, started
from tests.unit.outbound.envelopes import envelope

MODULE = "services.timeout_svc"
YEAR = 366 * 24 * 3600


@pytest.fixture
async def around(kafka: str, database: str, topic_prefix: str) -> AsyncGenerator[Circle]:
    async with circle(kafka, database, topic_prefix) as made:
        yield made


def due_in(seconds: float) -> datetime:
    return utc_now() + timedelta(seconds=seconds)


def says(request_id: str, version: int, at: datetime) -> Envelope:
    step = NextStep(kind=StepKind.EXPIRE, at=at, generation=1)
    return envelope(Started(), request_id=request_id, version=version, next_step=step)


def early(said: Said, due: dict[str, datetime]) -> bool:
    stamp = datetime.fromtimestamp(said.stamp / 1000, UTC)
    return stamp < due[said.command.request_id] - timedelta(milliseconds=1)


async def all_said(around: Circle, due: dict[str, datetime]) -> list[Said]:
    """The commands for these requests, once each has had one."""

    async def look() -> list[Said]:
        said = [one for one in around.said if one.command.request_id in due]
        return said if {one.command.request_id for one in said} == due.keys() else []

    return await eventually(look, within_seconds=60)


async def put(around: Circle, count: int, first: float, last: float) -> dict[str, datetime]:
    """Timers, due evenly between two moments from now."""
    width = (last - first) / count
    due = {new_id(): due_in(first + n * width) for n in range(count)}
    store = TimerStore(Database(around.pool))
    await store.put(latest([says(key, 1, at) for key, at in due.items()]))
    return due


async def test_of_two_copies_one_is_killed_and_one_stands_still_in_the_middle_of_a_burst(
    around: Circle,
) -> None:
    due = await put(around, 3000, 4, 9)
    first = await started(around, MODULE, free_ports())
    second = await started(around, MODULE, free_ports())

    async def some() -> bool:
        return len(around.said) > len(due) // 4

    await eventually(some)
    await first.kill()
    second.process.send_signal(signal.SIGSTOP)
    third = await started(around, MODULE, free_ports())
    said = await all_said(around, due)
    second.process.send_signal(signal.SIGCONT)
    later = await put(around, 200, 1, 2)
    said += await all_said(around, later)
    assert [one for one in said if early(one, due | later)] == []
    assert {await second.stop(), await third.stop()} == {0}
    # A repeat bears the same id, so that the core tells it from another step.
    ids = {one.command.command_id for one in said}
    assert len(ids) == len(due) + len(later)


async def test_more_than_one_batch_of_the_broker_for_one_partition_all_arrive(
    around: Circle,
) -> None:
    keys = (new_id() for _ in range(10_000))
    same = [key for key in keys if partition_for(key, around.settings.partitions) == 0][:1500]
    due = dict.fromkeys(same, due_in(3))
    store = TimerStore(Database(around.pool))
    await store.put(latest([says(key, 1, at) for key, at in due.items()]))
    one = await started(around, MODULE, free_ports())
    said = await all_said(around, due)
    assert len(said) == len(due)
    assert await one.stop() == 0


async def test_events_are_taken_over_when_copies_come_and_go(around: Circle) -> None:
    due: dict[str, datetime] = {}
    processes = [await started(around, MODULE, free_ports())]
    for turn in range(3):
        keys = {new_id(): due_in(3) for _ in range(60)}
        due |= keys
        await around.publish(*(says(key, 1, at) for key, at in keys.items()))
        if turn == 1:
            await processes.pop(0).kill()
        processes.append(await started(around, MODULE, free_ports()))
    said = await all_said(around, due)
    assert [one for one in said if early(one, due)] == []
    for process in processes:
        assert await process.stop() == 0


@pytest.mark.parametrize("shift_seconds", [3600, -3600, 25 * YEAR])
async def test_a_machine_clock_that_is_wrong_moves_no_timer(
    around: Circle, shift_seconds: int
) -> None:
    due = {new_id(): due_in(4) for _ in range(20)}
    others = {"SHIFTED_MODULE": MODULE, "SHIFTED_SECONDS": str(shift_seconds)}
    moved = await started(around, "tests.support.shifted", free_ports(), **others)
    await around.publish(*(says(key, 1, at) for key, at in due.items()))
    said = await all_said(around, due)
    assert [one for one in said if early(one, due)] == []
    assert Counter(one.command.request_id for one in said) == dict.fromkeys(due, 1)
    assert await moved.stop() == 0


async def test_what_the_broker_did_not_take_is_due_again_at_once_and_what_it_took_is_not(
    around: Circle,
) -> None:
    """Steps that were tried in vain do not wait longer and longer."""
    store = TimerStore(Database(around.pool))
    due = await put(around, 10, -5, -4)
    for _ in range(6):
        taken = await store.take(utc_now(), 100)
        assert {one.request_id for one in taken} == due.keys()
        await store.put_back(taken)
    taken = await store.take(utc_now(), 100)
    await store.settle(taken, utc_now())
    assert await store.take(due_in(50), 100) == []
    assert len(await store.take(due_in(61), 100)) == len(due)


async def test_a_copy_whose_database_is_away_is_not_ready_until_it_is_back(
    around: Circle, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "LOOK_SECONDS", 0.1)
    there = urlsplit(database)
    name = there.path.removeprefix("/")
    admin: Any = await asyncpg.connect(there._replace(path="/postgres").geturl())
    try:
        async with serving(around, SERVICE, build) as service:

            async def ready() -> bool:
                return service.readiness.ready

            async def unready() -> bool:
                return not service.readiness.ready

            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            await eventually(unready)
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await eventually(ready)
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()
