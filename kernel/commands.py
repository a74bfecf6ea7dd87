"""Sends commands to the one writer of a request, and waits for what came of them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from event_schemas.types import Actor, ActorKind, Command, CommandBody, Reply, ReplyTo
from kernel.clock import Clock, utc_now
from kernel.codec import decode_as, encode
from kernel.errors import Invalid, Unavailable, Unreadable
from kernel.ids import new_id
from kernel.kafka import (
    CONNECT_SECONDS,
    connection,
    discard,
    new_producer,
    stop_consumer,
    topic_name,
    unreachable,
)
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import COMMANDS, KIB, REPLIES, partition_for
from kernel.tracing.spans import link
from kernel.tracing.trace_context import traceparent_in

log = logger()
sent = Counter("handraise_commands_sent", "Commands made durable")

SEND_SECONDS = 5
AGAIN_SECONDS = 1
KEYED_VALID = timedelta(hours=24)
PERSON_VALID = timedelta(minutes=15)
COMMAND_MAX_BYTES = 400 * KIB

Answer: TypeAlias = tuple[Reply, str | None]
"""A reply, and the place of its decision in a trace."""


def command_for(
    body: CommandBody,
    *,
    request_id: str,
    actor: Actor,
    now: datetime,
    keyed: bool = False,
    revision: int | None = None,
    command_id: str | None = None,
    correlation_id: str | None = None,
    traceparent: str | None = None,
) -> Command:
    """A command in its envelope, for the tenant of its actor.

    What people and keyed calls want is valid for a time (15 minutes, 24 hours); what services
    report is valid for ever. `revision` is the one that the sender looked at, if it must not be
    another.
    """
    valid = KEYED_VALID if keyed else PERSON_VALID
    lasting = actor.kind in (ActorKind.SERVICE, ActorKind.POLICY)
    return Command(
        command_id=command_id or new_id(),
        request_id=request_id,
        tenant=actor.tenant,
        actor=actor,
        keyed=keyed,
        revision=revision,
        valid_until=None if lasting else now + valid,
        issued_at=now,
        correlation_id=correlation_id,
        traceparent=traceparent,
        body=encode(body),
    )


class CommandSender:
    """The part that makes commands durable; for services that wait for no reply."""

    def __init__(self, settings: Settings, readiness: Readiness | None = None) -> None:
        self._settings = settings
        self._topic = topic_name(settings, COMMANDS)
        self._readiness = readiness or Readiness()
        self._producer: AIOKafkaProducer | None = None
        self._failed = asyncio.Event()

    @property
    def producer(self) -> AIOKafkaProducer:
        """The producer, for other small sends of the same service.

        Raises:
            Unavailable: it is not connected yet.
        """
        if self._producer is None:
            raise Unavailable("Kafka is not connected yet")
        return self._producer

    async def run(self) -> None:
        """Connects, as often as it takes, and stays until cancelled."""
        while True:
            made = self._producer = await self._connected()
            self._failed.clear()
            self._readiness.set("commands")
            try:
                await self._failed.wait()
            finally:
                self._producer = None
                self._readiness.set("commands", holds=False)
                await discard(made)
            await asyncio.sleep(AGAIN_SECONDS)

    def give_up(self, failed: AIOKafkaProducer, why: BaseException) -> None:
        """Has another producer made: one that failed may refuse its partition for ever."""
        if self._producer is failed:
            log.warning("the producer has failed", error=repr(why))
            self._producer = None
            self._failed.set()

    async def _connected(self) -> AIOKafkaProducer:
        while True:
            made = new_producer(self._settings)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await made.start()
            except (KafkaError, *unreachable) as error:
                await discard(made)
                log.warning("the broker is away", error=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return made

    async def send(self, command: Command) -> None:
        """Sends a command; it is durable when this returns.

        Raises:
            Unavailable: the broker did not confirm in time. Whether it took the command is
                unknown: retry with the same command id.
            Invalid: the command is too large to send.
        """
        value = encode(command)
        if len(value) > COMMAND_MAX_BYTES:
            raise Invalid(f"the command has {len(value)} bytes, {COMMAND_MAX_BYTES} are allowed")
        partition = partition_for(command.request_id, self._settings.partitions)
        key = command.request_id.encode()
        producer = self.producer
        try:
            async with asyncio.timeout(SEND_SECONDS):
                future = await producer.send(self._topic, value, key=key, partition=partition)
                await asyncio.shield(future)
        except (KafkaError, *unreachable) as error:
            if isinstance(error, KafkaError):
                self.give_up(producer, error)
            raise Unavailable(
                "the command was not confirmed in time; retry with the same key"
            ) from error
        sent.inc()


class CommandClient:
    """The part that sends commands and waits for their replies on this process's partition."""

    def __init__(self, settings: Settings, readiness: Readiness, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._readiness = readiness
        self._clock = clock
        self._sender = CommandSender(settings, readiness)
        self._waiting: defaultdict[str, set[asyncio.Future[Answer]]] = defaultdict(set)
        instance = new_id()
        self._reply_to = ReplyTo(
            partition=partition_for(instance, settings.partitions), instance=instance
        )

    async def run(self) -> None:
        """Sends and listens until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sender.run())
            group.create_task(self._listen())

    async def send(self, command: Command) -> None:
        """As `CommandSender.send`."""
        await self._sender.send(command)

    async def ask(self, command: Command, timeout_seconds: float = 5) -> Reply | None:
        """Sends a command and gives its reply, or None if none came in time.

        Raises:
            Unavailable: the command was not made durable.
            Invalid: the command is too large.
        """
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiters = self._waiting[command.command_id]
        waiters.add(waiting)
        try:
            await self.send(replace(command, reply_to=self._reply_to))
            async with asyncio.timeout(timeout_seconds):
                reply, place = await waiting
        except TimeoutError:
            return None
        finally:
            waiters.discard(waiting)
            if not waiters:
                self._waiting.pop(command.command_id, None)
        link(place)
        return reply

    async def _listen(self) -> None:
        topic = topic_name(self._settings, REPLIES)
        where = TopicPartition(topic, self._reply_to.partition)
        while True:
            consumer = AIOKafkaConsumer(
                **connection(self._settings),
                auto_offset_reset="latest",
                enable_auto_commit=False,
            )
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await consumer.start()
                    consumer.assign([where])
                    await consumer.seek_to_end(where)
                    await consumer.position(where)
                self._readiness.set("replies")
                while True:
                    fetched = await consumer.getmany(timeout_ms=1000)
                    self._deliver(fetched)
            except (KafkaError, *unreachable) as error:
                log.warning("replies can't be read", error=str(error))
            finally:
                self._readiness.set("replies", holds=False)
                await stop_consumer(consumer)
            await asyncio.sleep(0.5)

    def _deliver(self, fetched: Mapping[Any, list[Any]]) -> None:
        for records in fetched.values():
            for record in records:
                try:
                    reply = decode_as(Reply, record.value or b"")
                except Unreadable:
                    continue
                if reply.instance != self._reply_to.instance:
                    continue
                for waiting in self._waiting.get(reply.command_id, ()):
                    if not waiting.done():
                        waiting.set_result((reply, traceparent_in(record.headers)))
