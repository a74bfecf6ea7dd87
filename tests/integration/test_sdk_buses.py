"""The event bus on real brokers: Kafka always, Redis and RabbitMQ where an address is given."""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from handraise import Event
from handraise.buses.kafka import KafkaBus
from handraise.buses.rabbit import RabbitBus
from handraise.buses.redis import RedisBus

GIVEN = {
    name: address
    for name, variable in (("redis", "HANDRAISE_REDIS"), ("rabbit", "HANDRAISE_RABBIT"))
    if (address := os.environ.get(variable))
}


Bus = KafkaBus | RedisBus | RabbitBus


@dataclass
class Broker:
    """A way to connect to one broker, and a prefix for topics and groups."""

    connect: Callable[[], Bus]
    prefix: str

    @asynccontextmanager
    async def bus(self) -> AsyncGenerator[Bus]:
        bus = self.connect()
        try:
            yield bus
        finally:
            await bus.close()

    async def prepare(self, *names: str) -> list[str]:
        """Topics that exist, with this prefix."""
        topics = [f"{self.prefix}{name}" for name in names]
        async with self.bus() as bus:
            if isinstance(bus, KafkaBus):
                await bus.create_topics(topics)
        return topics


@pytest.fixture(params=["kafka", *GIVEN])
def broker(request: pytest.FixtureRequest, topic_prefix: str) -> Broker:
    match request.param:
        case "kafka":
            address: str = request.getfixturevalue("kafka")
            return Broker(lambda: KafkaBus(address), topic_prefix)
        case "redis":
            return Broker(lambda: RedisBus(GIVEN["redis"], abandoned_seconds=0.5), topic_prefix)
        case _:
            return Broker(lambda: RabbitBus(GIVEN["rabbit"]), topic_prefix)


class Heard:
    """A handler that keeps what it got, and can be waited for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.changed = asyncio.Event()

    async def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.changed.set()

    async def count(self, wanted: int) -> list[Event]:
        async with asyncio.timeout(30):
            while len(self.events) < wanted:
                self.changed.clear()
                await self.changed.wait()
        return self.events


def event(topic: str, number: int, workflow_id: str = "wf-1") -> Event:
    return Event(
        event_id=str(uuid.uuid4()),
        event_type=topic,
        workflow_id=workflow_id,
        timestamp=datetime(2025, 1, 15, tzinfo=UTC),
        data={"n": number, "text": "ü😀"},
        agent_id="bot",
        correlation_id="corr",
    )


async def test_events_arrive_as_they_were_published_and_in_order(broker: Broker) -> None:
    [topic, other] = await broker.prepare("code.approved", "code.rejected")
    heard = Heard()
    async with broker.bus() as bus:
        await bus.subscribe([topic, other], heard, group=f"{broker.prefix}g")
        sent = [event(topic, number) for number in range(20)]
        for one in sent:
            await bus.publish(one)
        await bus.publish(event(other, 99))
        await heard.count(21)
    assert [one for one in heard.events if one.event_type == topic] == sent


async def test_each_group_hears_each_event_and_within_a_group_one_does(broker: Broker) -> None:
    [topic] = await broker.prepare("workflow.started")
    alone, together = Heard(), Heard()
    async with broker.bus() as first, broker.bus() as second:
        await first.subscribe([topic], alone, group=f"{broker.prefix}b")
        for bus in (first, second):
            await bus.subscribe([topic], together, group=f"{broker.prefix}a")
        sent = [event(topic, number, f"wf-{number}") for number in range(10)]
        for published in sent:
            await first.publish(published)
        await alone.count(10)
        await together.count(10)
    for heard in (alone, together):
        assert {got.event_id for got in heard.events} == {one.event_id for one in sent}


async def test_an_event_that_was_not_taken_comes_again_after_a_restart(broker: Broker) -> None:
    [topic] = await broker.prepare("code.approved")
    failing = asyncio.Event()

    async def fail(_: Event) -> None:
        failing.set()
        raise RuntimeError("not now")

    async with broker.bus() as bus:
        await bus.subscribe([topic], fail, group=f"{broker.prefix}g")
        await bus.publish(event(topic, 1))
        async with asyncio.timeout(30):
            await failing.wait()
    heard = Heard()
    async with broker.bus() as bus:
        await bus.subscribe([topic], heard, group=f"{broker.prefix}g")
        assert [one.data["n"] for one in await heard.count(1)] == [1]


async def test_a_group_goes_on_where_it_was(broker: Broker) -> None:
    [topic] = await broker.prepare("code.approved")
    before, after = Heard(), Heard()
    async with broker.bus() as bus:
        await bus.subscribe([topic], before, group=f"{broker.prefix}g")
        await bus.publish(event(topic, 1))
        await before.count(1)
    async with broker.bus() as bus:
        await bus.publish(event(topic, 2))
        await bus.subscribe([topic], after, group=f"{broker.prefix}g")
        assert [one.data["n"] for one in await after.count(1)] == [2]


async def test_topics_are_created_once(kafka: str, topic_prefix: str) -> None:
    async with KafkaBus(kafka) as bus:
        wanted = [f"{topic_prefix}a", f"{topic_prefix}b"]
        assert await bus.create_topics(wanted) == wanted
        assert await bus.create_topics([*wanted, f"{topic_prefix}c"]) == [f"{topic_prefix}c"]
