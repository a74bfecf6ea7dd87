"""The kernel's readers and writers on the real broker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.errors import OffsetOutOfRangeError

from event_schemas.types import Actor, ActorKind, Claim, Command, Entry, ReplyTo
from kernel.chain import Head, frame, hash_of
from kernel.codec import decode_as, encode
from kernel.commands import CommandSender, command_for
from kernel.errors import LogCut, Misconfigured, Unavailable
from kernel.kafka import connection, create_topics, producer, stop_consumer, topic_name
from kernel.log_reader import LogReader
from kernel.settings import Settings
from kernel.tail import Tail
from kernel.topics import COMMANDS, LOG, partition_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ADA = Actor(kind=ActorKind.PERSON, id="ada", tenant="t", auth="jwt", channel="api")


@pytest.fixture
async def settings(kafka: str, topic_prefix: str) -> Settings:
    made = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=2)
    await create_topics(made)
    return made


@pytest.fixture
async def tail(settings: Settings) -> AsyncIterator[Tail]:
    made = Tail(settings, COMMANDS)
    await made.start()
    yield made
    await made.stop()


async def write(settings: Settings, topic: object, partition: int, *values: bytes) -> None:
    sender = await producer(settings)
    for value in values:
        await sender.send_and_wait(topic_name(settings, topic), value, partition=partition)
    await sender.stop()


async def read(tail: Tail, count: int) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    async with asyncio.timeout(20):
        async for batch in tail.batches():
            found += [(batch.partition, record.value) for record in batch.records]
            if len(found) >= count:
                break
    return found


async def test_what_is_read_while_another_partition_is_dropped_comes_whole_and_once(
    settings: Settings, tail: Tail
) -> None:
    early, late = [b"%d" % n for n in range(20)], [b"%d" % n for n in range(20, 40)]
    for partition in range(settings.partitions):
        await write(settings, COMMANDS, partition, *early)
    for partition in range(settings.partitions):
        tail.follow(partition, 0)
    found: dict[int, list[bytes]] = {0: [], 1: []}
    async with asyncio.timeout(20):
        async for batch in tail.batches():
            found[batch.partition] += [record.value for record in batch.records]
            if {len(values) for values in found.values()} == {0, 20}:
                # Long enough for the new assignment, while the other's records are not read yet.
                tail.drop(batch.partition)
                await write(settings, COMMANDS, 1 - batch.partition, *late)
            if any(len(values) >= 40 for values in found.values()):
                break
    assert sorted(found.values(), key=len) == [early, early + late]


async def test_a_consumer_stops_whatever_its_fetcher_is_about(settings: Settings) -> None:
    topic = topic_name(settings, COMMANDS)
    for turns in range(12):
        consumer = AIOKafkaConsumer(**connection(settings), fetch_max_wait_ms=5000)
        await consumer.start()
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_end()
        # A fetch waits at the broker now; the new assignment cancels it, and then comes the stop.
        await consumer.getmany(timeout_ms=1)
        consumer.assign([TopicPartition(topic, 1)])
        for _ in range(turns):
            await asyncio.sleep(0)
        stopping = asyncio.create_task(stop_consumer(consumer, seconds=0.5))
        done, _ = await asyncio.wait({stopping}, timeout=20)
        assert done, f"still stopping {turns} turns after another assignment"


async def test_topics_are_made_once_and_a_changed_count_is_refused(settings: Settings) -> None:
    assert await create_topics(settings) == []
    other = settings.model_copy(update={"partitions": 3})
    with pytest.raises(Misconfigured, match="has 2 partitions"):
        await create_topics(other)


async def test_a_command_lands_in_its_requests_partition(settings: Settings, tail: Tail) -> None:
    sender = CommandSender(settings)
    running = asyncio.create_task(sender.run())
    command = command_for(Claim(), request_id="a request", actor=ADA, now=NOW)
    while True:
        try:
            await sender.send(command)
            break
        except Unavailable:
            await asyncio.sleep(0)
    partition = partition_for("a request", 2)
    tail.follow(partition, 0)
    ((where, value),) = await read(tail, 1)
    assert (where, decode_as(Command, value)) == (partition, command)
    running.cancel()


async def test_partitions_come_and_go_without_losing_a_place(
    settings: Settings, tail: Tail
) -> None:
    await write(settings, COMMANDS, 0, b"a0", b"a1")
    await write(settings, COMMANDS, 1, b"b0")
    tail.follow(0, 0)
    assert await read(tail, 2) == [(0, b"a0"), (0, b"a1")]
    tail.follow(1, 0)
    assert await read(tail, 1) == [(1, b"b0")]
    tail.drop(1)
    await write(settings, COMMANDS, 1, b"b1")
    await write(settings, COMMANDS, 0, b"a2")
    assert await read(tail, 1) == [(0, b"a2")]
    tail.follow(0, 1)
    assert await read(tail, 2) == [(0, b"a1"), (0, b"a2")]


async def test_one_record_is_read_by_name_or_not_at_all(settings: Settings, tail: Tail) -> None:
    await write(settings, COMMANDS, 0, b"a0", b"a1")
    found = await tail.read_one(0, 1)
    assert found is not None
    assert found.value == b"a1"
    assert await tail.read_one(0, 2) is None
    assert (await tail.bounds(0)).end == 2


async def test_a_lost_position_is_an_error_not_a_jump(settings: Settings, tail: Tail) -> None:
    await write(settings, COMMANDS, 0, b"a0", b"a1", b"a2")
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    where = TopicPartition(topic_name(settings, COMMANDS), 0)
    await admin.delete_records({where: RecordsToDelete(before_offset=2)})
    await admin.close()
    assert await tail.read_one(0, 1) is None
    tail.follow(0, 0)
    with pytest.raises(OffsetOutOfRangeError):
        await read(tail, 1)


def entry(command_id: str) -> bytes:
    return encode(
        Entry(
            command_id=command_id,
            command="Claim",
            request_id="r",
            tenant="t",
            received_at=NOW,
            at=NOW,
            reply_to=ReplyTo(partition=0, instance="i"),
        )
    )


@pytest.fixture
async def reader(settings: Settings) -> AsyncIterator[LogReader]:
    made = LogReader(settings)
    await made.start()
    yield made
    await made.stop()


async def test_only_what_extends_the_chain_is_admitted(
    settings: Settings, reader: LogReader
) -> None:
    start = reader.genesis(0)
    first = frame(start, entry("one"))
    after = Head(1, hash_of(first), NOW, "one", 0)
    second = frame(after, entry("two"))
    foreign = frame(start, entry("zombie"))
    await write(settings, LOG, 0, first, foreign, b"noise", first, second)
    await reader.follow(0, start)
    admitted: list[str] = []
    async with asyncio.timeout(20):
        async for batch in reader.batches():
            admitted += [found.payload.command_id for found in batch.admitted]
            if batch.next_log_offset == 5:
                break
    assert admitted == ["one", "two"]
    assert (batch.head.hash, batch.head.log_offset) == (hash_of(second), 4)


async def test_a_stored_head_that_the_log_no_longer_holds_stops_the_reader(
    settings: Settings, reader: LogReader
) -> None:
    start = reader.genesis(0)
    first = frame(start, entry("one"))
    await write(settings, LOG, 0, first)
    await reader.follow(0, Head(1, hash_of(first), NOW, "one", 0))
    for wrong in (Head(1, bytes(32), NOW, "one", 0), Head(2, hash_of(first), NOW, "one", 7)):
        with pytest.raises(LogCut):
            await reader.follow(0, wrong)
    with pytest.raises(LogCut):
        await reader.follow(1, start)
