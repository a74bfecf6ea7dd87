"""Sends the commands of due steps, whole batches at once, and reads the broker's time off."""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from prometheus_client import Counter, Histogram

from kernel.clock import from_millis
from kernel.codec import encode
from kernel.commands import SEND_SECONDS, CommandSender
from kernel.errors import Unavailable
from kernel.kafka import topic_name, unreachable
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import COMMANDS, partition_for
from services.timeout_svc.safe_clock import SafeClock, steady
from services.timeout_svc.timer import Due, command_of

log = logger()
_STAMPED_BY_BROKER = 1

fired = Counter("handraise_timers_fired", "Timer commands made durable", ["kind"])
lateness = Histogram(
    "handraise_timer_lateness_seconds",
    "How long after a step was due its command reached the broker",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A step whose command is durable, and when the broker says that it came."""

    due: Due
    stamp: datetime

    @property
    def early(self) -> bool:
        """Whether the core will refuse it as too early."""
        return self.stamp < self.due.step.at


@dataclass(frozen=True, slots=True)
class _Sent:
    """Commands that go to the broker as one batch, and so get one stamp."""

    dues: Sequence[Due]
    acknowledged: asyncio.Future[Any]


class Firing:
    """Turns due steps into commands on the broker."""

    def __init__(self, settings: Settings, sender: CommandSender, clock: SafeClock) -> None:
        self._topic = topic_name(settings, COMMANDS)
        self._partitions = settings.partitions
        self._sender = sender
        self._clock = clock

    async def fire(self, taken: Sequence[Due], now: datetime) -> list[Fired]:
        """Sends the command of each; those missing in the answer were not confirmed in time."""
        sent: list[_Sent] = []
        try:
            producer = self._sender.producer
            async with asyncio.timeout(SEND_SECONDS):
                for partition, dues in self._by_partition(taken).items():
                    for builder, packed in _packed(producer, dues, now):
                        future = await producer.send_batch(
                            builder, self._topic, partition=partition
                        )
                        future.add_done_callback(partial(self._hear, producer))
                        sent.append(_Sent(packed, future))
                await asyncio.wait([one.acknowledged for one in sent])
        except (KafkaError, Unavailable, *unreachable) as error:
            log.warning("timers were not all confirmed", error=str(error))
        return [step for one in sent if _arrived(one.acknowledged) for step in _fired(one)]

    def _by_partition(self, taken: Sequence[Due]) -> dict[int, list[Due]]:
        found: defaultdict[int, list[Due]] = defaultdict(list)
        for due in taken:
            found[partition_for(due.request_id, self._partitions)].append(due)
        return found

    def _hear(self, producer: Any, acknowledged: asyncio.Future[Any]) -> None:
        if not _arrived(acknowledged):
            error = None if acknowledged.cancelled() else acknowledged.exception()
            if error is not None:
                self._sender.give_up(producer, error)
            return
        metadata = acknowledged.result()
        if metadata.timestamp_type == _STAMPED_BY_BROKER:
            self._clock.hear_broker(from_millis(metadata.timestamp), steady())


def _packed(
    producer: Any, dues: Sequence[Due], now: datetime
) -> Generator[tuple[Any, Sequence[Due]]]:
    """The commands of one partition's steps, in as many of the producer's batches as it takes."""
    builder, packed = producer.create_batch(), list[Due]()
    for due in dues:
        record = {"key": due.request_id.encode(), "value": encode(command_of(due, now))}
        if builder.append(timestamp=None, **record) is None:
            yield builder, packed
            builder, packed = producer.create_batch(), []
            builder.append(timestamp=None, **record)
        packed.append(due)
    yield builder, packed


def _arrived(acknowledged: asyncio.Future[Any]) -> bool:
    return acknowledged.done() and not acknowledged.cancelled() and acknowledged.exception() is None


def _fired(sent: _Sent) -> list[Fired]:
    stamp = from_millis(sent.acknowledged.result().timestamp)
    for due in sent.dues:
        fired.labels(due.step.kind).inc()
        lateness.observe(max((stamp - due.step.at).total_seconds(), 0.0))
    return [Fired(due=due, stamp=stamp) for due in sent.dues]
