"""Sends the commands of due steps, many in flight at once, and reads the broker's time off."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka.errors import KafkaError
from prometheus_client import Counter, Histogram

from kernel.clock import from_millis
from kernel.codec import encode
from kernel.commands import SEND_SECONDS, CommandSender
from kernel.kafka import topic_name, unreachable
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import COMMANDS, partition_for
from services.timeout_svc.safe_clock import SafeClock
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


class Firing:
    """Turns due steps into commands on the broker."""

    def __init__(self, settings: Settings, sender: CommandSender, clock: SafeClock) -> None:
        self._topic = topic_name(settings, COMMANDS)
        self._partitions = settings.partitions
        self._sender = sender
        self._clock = clock

    async def fire(self, taken: Sequence[Due], now: datetime) -> list[Fired]:
        """Sends the command of each; those missing in the answer were not confirmed in time.

        Raises:
            Unavailable: the broker is not connected; nothing was sent.
        """
        producer = self._sender.producer
        sent: list[tuple[Due, asyncio.Future[Any]]] = []
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for due in taken:
                    acknowledged = await self._send(producer, due, now)
                    acknowledged.add_done_callback(self._hear)
                    sent.append((due, acknowledged))
                await asyncio.wait([acknowledged for _, acknowledged in sent])
        except (KafkaError, *unreachable) as error:
            log.warning("timers were not all confirmed", error=str(error))
        return [
            _fired(due, acknowledged.result())
            for due, acknowledged in sent
            if acknowledged.done() and not acknowledged.cancelled() and not acknowledged.exception()
        ]

    async def _send(self, producer: Any, due: Due, now: datetime) -> asyncio.Future[Any]:
        return await producer.send(
            self._topic,
            encode(command_of(due, now)),
            key=due.request_id.encode(),
            partition=partition_for(due.request_id, self._partitions),
        )

    def _hear(self, acknowledged: asyncio.Future[Any]) -> None:
        if acknowledged.cancelled() or acknowledged.exception():
            return
        metadata = acknowledged.result()
        if metadata.timestamp_type == _STAMPED_BY_BROKER:
            self._clock.hear_broker(from_millis(metadata.timestamp), time.monotonic())


def _fired(due: Due, metadata: Any) -> Fired:
    stamp = from_millis(metadata.timestamp)
    fired.labels(due.step.kind).inc()
    lateness.observe(max((stamp - due.step.at).total_seconds(), 0.0))
    return Fired(due=due, stamp=stamp)
