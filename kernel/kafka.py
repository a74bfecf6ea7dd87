"""How we speak to the broker: names, producers, and topics made as they must be."""

import asyncio
import ssl
from contextlib import suppress
from functools import cache
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    for_code,
)

from kernel.errors import Misconfigured, Unavailable
from kernel.settings import KafkaSecurity, Settings
from kernel.topics import ALL, MIB, REPLIES, Topic

unreachable = (KafkaConnectionError, NodeNotReadyError, OSError, TimeoutError)
CONNECT_SECONDS = 10
STOP_SECONDS = 3


def connection(settings: Settings) -> dict[str, Any]:
    """How a client of aiokafka reaches the broker: its address, encryption, and as whom.

    Raises:
        Misconfigured: a certificate's file can't be read, or SASL is wanted without a user.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "security_protocol": settings.kafka_security.value,
    }
    if settings.kafka_security in (KafkaSecurity.SSL, KafkaSecurity.SASL_SSL):
        options["ssl_context"] = _ssl_context(
            settings.kafka_ca_file, settings.kafka_cert_file, settings.kafka_key_file
        )
    if settings.kafka_security in (KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_SSL):
        if not settings.kafka_user:
            raise Misconfigured(f"{settings.kafka_security} needs HANDRAISE_KAFKA_USER")
        options["sasl_mechanism"] = settings.kafka_mechanism
        options["sasl_plain_username"] = settings.kafka_user
        options["sasl_plain_password"] = settings.kafka_password
    return options


@cache
def _ssl_context(ca_file: str, cert_file: str, key_file: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        if cert_file:
            context.load_cert_chain(cert_file, key_file or None)
    except OSError as error:
        raise Misconfigured(f"the certificates for Kafka can't be read: {error}") from error
    return context


def topic_name(settings: Settings, topic: Topic) -> str:
    """The topic's name on this broker; tests set a prefix so that suites share one."""
    return settings.topic_prefix + topic.name


def new_producer(settings: Settings, **over: Any) -> AIOKafkaProducer:
    """An idempotent producer that waits for all replicas and lets nothing linger; not started."""
    options: dict[str, Any] = {
        **connection(settings),
        "enable_idempotence": True,
        "acks": "all",
        "linger_ms": 0,
        "request_timeout_ms": 5000,
        "max_batch_size": 128 * 1024,
        "max_request_size": 2 * MIB,
    }
    return AIOKafkaProducer(**{**options, **over})


async def producer(settings: Settings, **over: Any) -> AIOKafkaProducer:
    """As `new_producer`, started.

    Raises:
        Unavailable: the broker is away.
    """
    made = new_producer(settings, **over)
    try:
        await asyncio.wait_for(made.start(), CONNECT_SECONDS)
    except unreachable as error:
        await discard(made)
        raise Unavailable(f"Kafka at {settings.kafka} is away: {error}") from error
    return made


async def discard(made: AIOKafkaProducer, seconds: float = 2) -> None:
    """Stops a producer within a bound; what it may still send is harmless by the log's rules."""
    try:
        await asyncio.wait_for(made.stop(), seconds)
    except (KafkaError, OSError, TimeoutError):
        sender: Any = getattr(made, "_sender", None)
        task: asyncio.Task[None] | None = getattr(sender, "sender_task", None)
        if task is not None:
            task.cancel()
        client: Any = made.client
        await client.close()


async def stop_consumer(made: AIOKafkaConsumer, seconds: float = STOP_SECONDS) -> None:
    """Stops a consumer within a bound.

    aiokafka's fetcher swallows a cancel that meets it while it takes in another assignment, and
    its stop then waits for ever; the bound cancels it once more.
    """
    with suppress(TimeoutError):
        await asyncio.wait_for(made.stop(), seconds)


async def create_topics(settings: Settings) -> list[str]:
    """Makes the topics that are missing and gives their names; checks the partitions of the rest.

    Raises:
        Unavailable: the broker is away.
        Misconfigured: a topic exists with another partition count, or could not be made.
    """
    admin = AIOKafkaAdminClient(**connection(settings), request_timeout_ms=20000)
    try:
        await asyncio.wait_for(admin.start(), CONNECT_SECONDS)
    except unreachable as error:
        await admin.close()
        raise Unavailable(f"Kafka at {settings.kafka} is away: {error}") from error
    try:
        present = set(await admin.list_topics())
        missing = [t for t in ALL if topic_name(settings, t) not in present]
        if missing:
            response: Any = await admin.create_topics([_new(settings, t) for t in missing])
            for name, code, *rest in response.topic_errors:
                if code and not issubclass(for_code(code), TopicAlreadyExistsError):
                    raise Misconfigured(
                        f"topic {name} could not be made: {for_code(code)()} {rest}"
                    )
        await _check_partitions(admin, settings)
        return [topic_name(settings, topic) for topic in missing]
    finally:
        await admin.close()


def _new(settings: Settings, topic: Topic) -> NewTopic:
    return NewTopic(
        topic_name(settings, topic),
        settings.partitions,
        settings.replication_factor,
        topic_configs=topic.config(),
    )


async def _check_partitions(admin: Any, settings: Settings) -> None:
    names = [topic_name(settings, t) for t in ALL if t is not REPLIES]
    for described in await admin.describe_topics(names):
        found = len(described["partitions"])
        if described["error_code"] == 0 and found != settings.partitions:
            raise Misconfigured(
                f"topic {described['topic']} has {found} partitions, the settings say"
                f" {settings.partitions}: the count is part of the log's identity and can't change"
            )
