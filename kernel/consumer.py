"""Consumes topics in a group: in order, at least once, and never stuck on a bad record.

What helps when tried again is tried again in place; what does not goes to the dead letters with
its cause, and the rest goes on. Offsets are committed after the work is done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from prometheus_client import Counter, Gauge

from kernel.dead_letters import DeadLetters
from kernel.errors import HandraiseError, Unavailable
from kernel.gathering import Gathering
from kernel.kafka import CONNECT_SECONDS, connection, stop_consumer, topic_name, unreachable
from kernel.postgres import away
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import MIB, Topic
from kernel.tracing.batches import polled
from kernel.tracing.trace_context import continued, traceparent_in

log = logger()
T = TypeVar("T")

consumed = Counter("handraise_events_consumed", "Public events consumed", ["group"])
retries = Counter("handraise_consumer_retries", "Batches tried again", ["group"])
lag = Gauge("handraise_consumer_lag", "Records not yet consumed", ["group", "topic", "partition"])

BATCH = 500
BACKOFF_MIN_SECONDS = 0.05
BACKOFF_MAX_SECONDS = 5.0


def helps_to_retry(error: BaseException) -> bool:
    """Whether the same work may succeed when tried again."""
    if isinstance(error, HandraiseError):
        return error.retriable
    return isinstance(error, (*away, *unreachable))


class GroupConsumer(Generic[T]):
    """The part that hands records, decoded and in batches, to a service."""

    def __init__(
        self,
        settings: Settings,
        *,
        group: str,
        topics: Sequence[Topic],
        decode: Callable[[Any], T],
        handle: Callable[[list[T]], Awaitable[None]],
        dead_letters: DeadLetters,
        readiness: Readiness,
        gather_ms: int = 0,
    ) -> None:
        """A consumer of `topics` in the group `group`; readiness gets the condition `kafka`.

        `decode` makes something of a record, or raises a HandraiseError: then it is a dead letter.
        `gather_ms` is the pace of its batches, see `Gathering`.
        """
        self._settings = settings
        self._group = settings.topic_prefix + group
        self._topics = [topic_name(settings, topic) for topic in topics]
        self._decode = decode
        self._handle = handle
        self._dead_letters = dead_letters
        self._readiness = readiness
        self._gather_ms = gather_ms

    async def run(self) -> None:
        """Consumes until cancelled; survives the broker's absence."""
        while True:
            try:
                await self._consume()
            except (KafkaError, Unavailable, *unreachable) as error:
                log.warning("the broker is away", group=self._group, error=str(error))
            finally:
                self._readiness.set("kafka", holds=False)
            await asyncio.sleep(1)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            *self._topics,
            **connection(self._settings),
            group_id=self._group,
            group_instance_id=self._settings.instance or None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=self._settings.session_timeout_ms,
            heartbeat_interval_ms=self._settings.session_timeout_ms // 4,
            fetch_max_wait_ms=self._settings.fetch_wait_ms,
            max_partition_fetch_bytes=4 * MIB,
            max_poll_records=BATCH,
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await consumer.start()
            self._readiness.set("kafka")
            gathering = Gathering(self._gather_ms)
            while True:
                fetched = await gathering.poll(consumer, timeout_ms=1000)
                if fetched:
                    await self._work(fetched)
                    await self._commit(consumer, fetched)
        finally:
            await stop_consumer(consumer)

    async def _work(self, fetched: dict[TopicPartition, list[Any]]) -> None:
        records = [record for batch in fetched.values() for record in batch]
        readable: list[tuple[Any, T]] = []
        for record in records:
            try:
                readable.append((record, self._decode(await self._unwrapped(record))))
            except Exception as error:  # noqa: BLE001 - whatever it holds, the next is read
                log.warning(
                    "can't be read", group=self._group, offset=record.offset, error=repr(error)
                )
                await self._bury(record, error)
        await self._try(readable)
        consumed.labels(self._group).inc(len(records))

    async def hand_over(self, work: Sequence[tuple[Any, T]]) -> None:
        """Has the service handle what these records hold, in a span of its own."""
        with polled(self._group, [record for record, _ in work]):
            await self._handle([item for _, item in work])

    async def unwrap(self, record: Any) -> Any:
        """The record as `decode` takes it.

        Raises:
            Unavailable: what it takes is away; it is tried again.
            HandraiseError: the record is a dead letter.
        """
        return record

    async def _unwrapped(self, record: Any) -> Any:
        pause = BACKOFF_MIN_SECONDS
        while True:
            try:
                return await self.unwrap(record)
            except Unavailable as error:
                pause = await self._back_off(error, pause)

    async def _back_off(self, error: Exception, pause_seconds: float) -> float:
        """Waits, and gives how long to wait the next time."""
        retries.labels(self._group).inc()
        log.warning("trying again", group=self._group, error=str(error))
        await asyncio.sleep(pause_seconds)
        return min(pause_seconds * 2, BACKOFF_MAX_SECONDS)

    async def _try(self, work: list[tuple[Any, T]]) -> None:
        pause = BACKOFF_MIN_SECONDS
        while work:
            try:
                return await self.hand_over(work)
            except Exception as error:  # noqa: BLE001 - whatever a record does, the next is handled
                if not helps_to_retry(error):
                    return await self._give_up(work, error)
                pause = await self._back_off(error, pause)
        return None

    async def _give_up(self, work: list[tuple[Any, T]], error: Exception) -> None:
        """Finds the record that fails, and goes on with the others."""
        if len(work) > 1:
            for one in work:
                await self._try([one])
            return
        # What we foresaw needs no trace, which may show what the record held.
        trace = None if isinstance(error, HandraiseError) else error
        record = work[0][0]
        with continued(traceparent_in(record.headers)):
            log.warning(
                "given up",
                group=self._group,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                error=str(error),
                exc_info=trace,
            )
        await self._bury(record, error)

    async def _bury(self, record: Any, error: Exception) -> None:
        while True:
            try:
                return await self._dead_letters.bury(record, type(error).__name__, str(error))
            except Unavailable:
                await asyncio.sleep(1)

    async def _commit(self, consumer: Any, fetched: dict[TopicPartition, list[Any]]) -> None:
        offsets = {where: batch[-1].offset + 1 for where, batch in fetched.items()}
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            # Another member owns the partition now and will see these events again.
            log.info("a commit came too late", group=self._group)
        for where in consumer.assignment() & offsets.keys():
            end, offset = consumer.highwater(where), offsets[where]
            if end is not None:
                lag.labels(self._group, where.topic, str(where.partition)).set(end - offset)
