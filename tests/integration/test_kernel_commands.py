"""Commands on the real broker: whoever sends them goes on, whatever becomes of a producer."""

from typing import Any

from event_schemas.types import NextStep, StepKind
from kernel.commands import CommandSender
from kernel.errors import Unavailable
from kernel.kafka import create_topics, topic_name
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.topics import COMMANDS
from services.timeout_svc.firing import Firing
from services.timeout_svc.safe_clock import SafeClock
from services.timeout_svc.timer import Due
from tests.support.eventually import eventually
from tests.support.parts import running
from tests.unit.log.benches import NOON, said


def skip_numbers(sender: CommandSender, settings: Settings) -> None:
    """As after a leader that lost its last records: the next numbers don't follow on its last."""
    producer: Any = sender.producer
    numbers = producer._txn_manager._sequence_numbers
    for partition in list(numbers):
        if partition.topic == topic_name(settings, COMMANDS):
            numbers[partition] += 5


async def test_a_producer_that_the_broker_refuses_is_replaced(
    kafka: str, topic_prefix: str
) -> None:
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=1)
    await create_topics(settings)
    readiness = Readiness("commands")
    sender = CommandSender(settings, readiness)
    async with running([sender], readiness):
        await sender.send(said("before"))
        skip_numbers(sender, settings)

        async def durable() -> bool:
            try:
                await sender.send(said("after"))
            except Unavailable:
                return False
            return True

        assert not await durable()
        await eventually(durable)
        assert readiness.ready


async def test_timers_fire_on_when_their_producer_is_refused(kafka: str, topic_prefix: str) -> None:
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=1)
    await create_topics(settings)
    readiness = Readiness("commands")
    sender = CommandSender(settings, readiness)
    firing = Firing(settings, sender, SafeClock())
    step = NextStep(kind=StepKind.EXPIRE, at=NOON, generation=1)
    due = Due(request_id="r", tenant="demo", version=1, step=step)
    async with running([sender], readiness):

        async def fired() -> bool:
            return bool(await firing.fire([due], NOON))

        assert await fired()
        skip_numbers(sender, settings)
        assert not await fired()
        await eventually(fired)
