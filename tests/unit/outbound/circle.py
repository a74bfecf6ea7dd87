"""The circle around one service: its topics and tables, events going in, commands coming out."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from event_schemas.types import Command, CommandBody, Envelope
from kernel.codec import decode, decode_as, encode
from kernel.directory.directory import Directory
from kernel.directory.principals import Ability
from kernel.kafka import create_topics, producer, topic_name
from kernel.outbound.host import EventService, Grounds, Work
from kernel.postgres import connect, migrate
from kernel.secrets import Keyring
from kernel.settings import Settings
from kernel.topics import COMMANDS, Topic, partition_for, topic_of
from tests.support.eventually import eventually
from tests.support.processes import free_port_base

TABLES = {
    "directory": "kernel/directory/migrations",
    "outbound": "kernel/outbound/migrations",
    "timers": "services/timeout_svc/migrations",
    "notifier": "services/notifier_svc/migrations",
}


@dataclass(frozen=True)
class Said:
    """A command that a service sent, and when the broker stamped it (milliseconds)."""

    command: Command
    body: CommandBody
    stamp: int


@dataclass
class Circle:
    """What surrounds a service under test."""

    settings: Settings
    pool: Any
    producer: AIOKafkaProducer
    directory: Directory
    said: list[Said] = field(default_factory=list)
    processes: list["Process"] = field(default_factory=list)

    async def publish(self, *envelopes: Envelope) -> None:
        """Sends events as the relay does."""
        for envelope in envelopes:
            topic = topic_of(type(envelope.data).__name__)
            await self.put(topic, envelope.metadata.request_id, encode(envelope))

    async def put(self, topic: Topic, request_id: str, value: bytes) -> None:
        """Sends bytes to where a request's events go."""
        await self.producer.send_and_wait(
            topic_name(self.settings, topic),
            value,
            key=request_id.encode(),
            partition=partition_for(request_id, self.settings.partitions),
        )

    async def heard(
        self, request_id: str, count: int = 1, within_seconds: float = 30
    ) -> list[Said]:
        """The commands for a request, once there are so many."""

        async def enough() -> list[Said]:
            about = [one for one in self.said if one.command.request_id == request_id]
            return about if len(about) >= count else []

        return await eventually(enough, within_seconds=45)

    async def listen(self) -> None:
        topic = topic_name(self.settings, COMMANDS)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=20,
        )
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, p) for p in range(self.settings.partitions)])
            async for record in consumer:
                command = decode_as(Command, record.value or b"")
                self.said.append(Said(command, decode(command.body), record.timestamp))
        finally:
            await consumer.stop()

    async def api_key(self) -> tuple[str, str]:
        """A new key of the tenant acme: its secret reference, and the signing secret."""
        made = await self.directory.keys.create(
            tenant="acme", owner="agents", abilities=(Ability.ASK,)
        )
        return f"key:{made.key.id}", made.signing_secret


@asynccontextmanager
async def circle(kafka: str, dsn: str, prefix: str, **over: Any) -> AsyncGenerator[Circle]:
    """Topics, tables and the tenant acme, with somebody listening to the commands."""
    settings = Settings(
        kafka=kafka, pg_dsn=dsn, topic_prefix=prefix, partitions=2, local=True, **over
    )
    await create_topics(settings)
    pool = await connect(dsn)
    for component, folder in TABLES.items():
        await migrate(pool, component, Path(folder))
    directory = Directory(pool, Keyring.of(settings))
    await directory.tenants.create(tenant="acme", name="Acme")
    made = await producer(settings)
    around = Circle(settings, pool, made, directory)
    listening = asyncio.create_task(around.listen())
    try:
        yield around
    finally:
        for process in around.processes:
            if process.process.returncode is None:
                await process.kill()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await made.stop()
        pool.terminate()


@asynccontextmanager
async def serving(
    around: Circle, name: str, make: Callable[[Grounds], Work]
) -> AsyncGenerator[EventService]:
    """The service inside this process, at work while the block runs."""
    service = EventService(around.settings, name, make)
    task = asyncio.create_task(service.run())

    async def ready() -> bool:
        if task.done():
            task.result()
        return service.readiness.ready

    try:
        await eventually(ready)
        yield service
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass
class Process:
    """A service in a process of its own."""

    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 15)


async def started(around: Circle, module: str, port_base: int, **others: str) -> Process:
    """The service as `python -m` starts it; `others` are further variables, or other values."""
    settings = around.settings
    variables = {
        "HANDRAISE_KAFKA": settings.kafka,
        "HANDRAISE_PG_DSN": settings.pg_dsn,
        "HANDRAISE_TOPIC_PREFIX": settings.topic_prefix,
        "HANDRAISE_PARTITIONS": str(settings.partitions),
        "HANDRAISE_SMTP_URL": settings.smtp_url,
        "HANDRAISE_LOCAL": "1",
        "HANDRAISE_PORT_BASE": str(port_base),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env={**os.environ, **variables, **others}
    )
    around.processes.append(Process(process))
    return around.processes[-1]


def free_ports() -> int:
    """A port base whose health ports are free, below those that the system gives away."""
    return free_port_base()
