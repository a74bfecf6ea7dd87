"""A consumer in a group on the real broker: what happens to its work when others come and go."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from kernel.consumer import GroupConsumer
from kernel.dead_letters import DeadLetters
from kernel.kafka import create_topics, producer, topic_name
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.topics import COMMANDS
from tests.support.eventually import eventually
from tests.support.parts import running

PARTITIONS = 2


def no_producer() -> NoReturn:
    raise AssertionError("nothing here is a dead letter")


def place(record: Any) -> Any:
    return record.partition, record.value


def member(
    settings: Settings,
    handle: Callable[[list[Any]], Awaitable[None]],
    readiness: Readiness,
    *,
    decode: Callable[[Any], Any] = place,
    dead: Callable[[], Any] = no_producer,
) -> GroupConsumer[Any]:
    readiness.set("kafka", holds=False)
    return GroupConsumer(
        settings,
        group="members",
        topics=[COMMANDS],
        decode=decode,
        handle=handle,
        dead_letters=DeadLetters(settings, dead),
        readiness=readiness,
    )


async def test_work_that_outlasts_its_partition_ends_without_harm(
    kafka: str, topic_prefix: str
) -> None:
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=PARTITIONS)
    await create_topics(settings)
    sender = await producer(settings)
    begun, go_on = asyncio.Event(), asyncio.Event()
    slow: list[Any] = []
    quick: list[Any] = []

    async def slowly(work: list[Any]) -> None:
        begun.set()
        await go_on.wait()
        slow.extend(work)

    async def quickly(work: list[Any]) -> None:
        quick.extend(work)

    async def write(value: bytes) -> None:
        for partition in range(PARTITIONS):
            await sender.send_and_wait(topic_name(settings, COMMANDS), value, partition=partition)

    async def both_have(value: bytes) -> bool:
        return {where for where, said in [*slow, *quick] if said == value} == {0, 1}

    first, second = Readiness(), Readiness()
    async with running([member(settings, slowly, first)], first):
        await write(b"before")
        await begun.wait()
        async with running([member(settings, quickly, second)], second):
            # The other one has a partition now whose record the first is still at work on.
            await eventually(lambda: _any(quick))
            go_on.set()
            await eventually(lambda: _any(slow))
            await write(b"after")
            await eventually(lambda: both_have(b"after"))
    await sender.stop()
    assert await both_have(b"before")


async def test_a_record_that_breaks_its_reader_is_a_dead_letter_and_the_next_is_handled(
    kafka: str, topic_prefix: str
) -> None:
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=PARTITIONS)
    await create_topics(settings)
    sender = await producer(settings)
    handled: list[Any] = []

    async def handle(work: list[Any]) -> None:
        handled.extend(work)

    def decode(record: Any) -> Any:
        # A header may be null on Kafka; whoever forgets that fails in a way of his own.
        if record.value == b"odder":
            raise ValueError("no text: \udcfc")
        return [value.decode() for _, value in record.headers], record.value

    where, readiness = topic_name(settings, COMMANDS), Readiness()
    reader = member(settings, handle, readiness, decode=decode, dead=lambda: sender)
    nothing: Any = None
    await sender.send_and_wait(where, b"odd", partition=0, headers=[("webhook-id", nothing)])
    await sender.send_and_wait(where, b"odder", partition=0)
    await sender.send_and_wait(where, b"sound", partition=0)
    async with running([reader], readiness):
        await eventually(lambda: _any(handled))
    await sender.stop()
    assert handled == [([], b"sound")]


async def _any(found: list[Any]) -> bool:
    return bool(found)
