"""Measures timeout_svc: a million timers pending, bursts due at once, its CPU idle and per life.

`python -m bench.timers [--pending 1000000] [--burst 10000]`; the servers are those of
HANDRAISE_KAFKA and HANDRAISE_PG_DSN. Lateness is the broker's stamp of a step's command less the
instant at which the step was due.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.envelopes import life, moved
from bench.ground import ROOT, cpu_seconds, fresh_ground, process, resident_mb
from event_schemas.types import Command, Envelope
from kernel.clock import from_millis, utc_now
from kernel.codec import decode_as, encode
from kernel.ids import new_id
from kernel.kafka import producer, topic_name
from kernel.settings import Settings
from kernel.topics import COMMANDS, partition_for, topic_of

MODULE = "services.timeout_svc"
MIGRATIONS: Path = ROOT / "services/timeout_svc/migrations"
BURSTS = (2_000, 10_000)
IDLE_SECONDS = 10.0
AHEAD_SECONDS = 4.0
LIVES = 2_000

_FILL = """
INSERT INTO timers.timers (request_id, tenant, version, kind, at, generation, fire_at)
SELECT gen_random_uuid()::text, 'acme', 1, 'expire', at, 1, at
FROM (SELECT now() + interval '1 day' + n * interval '2 seconds' AS at
    FROM generate_series(1, $1::int) AS n) AS every
"""

_ENDED = "SELECT count(*) FROM timers.timers WHERE request_id LIKE 'life-%' AND fire_at IS NULL"


async def measure(pending: int, burst: int) -> dict[str, Any]:
    """All the figures; takes about a minute with a million timers."""
    figures: dict[str, Any] = {"pending": pending}
    async with fresh_ground([("timers", MIGRATIONS)]) as settings, commands(settings) as heard:
        database = await asyncpg.connect(settings.pg_dsn)
        print(f"  {pending:,} timers", flush=True)
        await database.execute(_FILL, pending)
        await database.execute("VACUUM ANALYZE timers.timers")
        began = time.perf_counter()
        with process(settings, MODULE) as pid:
            await _ready(settings)
            figures["restored_seconds"] = round(time.perf_counter() - began, 2)
            figures["idle_cpu_percent"] = await _idle(pid)
            for size in sorted({*BURSTS, burst}):
                print(f"  {size:,} due at once", flush=True)
                figures[f"burst_{size}"] = await _burst(settings, heard, size)
            print(f"  {LIVES:,} lives", flush=True)
            figures["cpu_ms_per_life"] = await _lives(settings, database, pid)
            figures["resident_mb"] = round(resident_mb(pid), 1)
        await database.close()
    return figures


async def _ready(settings: Settings) -> None:
    url = f"http://{settings.host}:{settings.health_port('timeout_svc')}/readyz"
    async with httpx.AsyncClient() as http:
        while True:
            try:
                if (await http.get(url)).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)


async def _idle(pid: int) -> float:
    before = cpu_seconds(pid)
    await asyncio.sleep(IDLE_SECONDS)
    return round(100 * (cpu_seconds(pid) - before) / IDLE_SECONDS, 2)


@asynccontextmanager
async def commands(settings: Settings) -> AsyncGenerator[dict[str, datetime]]:
    """The broker's stamp of the first command for each request, as they come."""
    topic, heard = topic_name(settings, COMMANDS), dict[str, datetime]()
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, p) for p in range(settings.partitions)])

    async def listen() -> None:
        async for record in consumer:
            command = decode_as(Command, record.value or b"")
            heard.setdefault(command.request_id, from_millis(record.timestamp))

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()
        await asyncio.wait([listening])
        await consumer.stop()


async def _burst(settings: Settings, heard: dict[str, datetime], size: int) -> dict[str, Any]:
    ids = [new_id() for _ in range(size)]
    due = utc_now().replace(microsecond=0) + timedelta(seconds=AHEAD_SECONDS + size / 2000)
    await publish(settings, [moved(request_id, due) for request_id in ids])
    while not all(request_id in heard for request_id in ids):  # noqa: ASYNC110 -- it watches others
        await asyncio.sleep(0.1)
    late = sorted((heard[request_id] - due).total_seconds() for request_id in ids)
    return {
        "lateness_p50_seconds": round(late[size // 2], 3),
        "lateness_p99_seconds": round(late[int(0.99 * size)], 3),
        "lateness_max_seconds": round(late[-1], 3),
        "early": sum(one < 0 for one in late),
    }


async def _lives(settings: Settings, database: Any, pid: int) -> float:
    before = cpu_seconds(pid)
    began = utc_now()
    for first in range(0, LIVES, 20):
        every = [event for n in range(first, first + 20) for event in life(f"life-{n}")]
        await publish(settings, every)
        await asyncio.sleep(0)
    while await database.fetchval(_ENDED) < LIVES:  # noqa: ASYNC110 -- it watches others
        await asyncio.sleep(0.1)
    print(f"  {LIVES / (utc_now() - began).total_seconds():,.0f} lives/s", flush=True)
    return round(1000 * (cpu_seconds(pid) - before) / LIVES, 3)


async def publish(settings: Settings, envelopes: Sequence[Envelope]) -> None:
    """Sends events as the relay does."""
    sender = await producer(settings, linger_ms=5)
    try:
        for envelope in envelopes:
            request_id = envelope.metadata.request_id
            await sender.send(
                topic_name(settings, topic_of(type(envelope.data).__name__)),
                encode(envelope),
                key=request_id.encode(),
                partition=partition_for(request_id, settings.partitions),
            )
        await sender.flush()
    finally:
        await sender.stop()


def main() -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(prog="bench.timers", description=__doc__)
    parser.add_argument("--pending", type=int, default=1_000_000)
    parser.add_argument("--burst", type=int, default=10_000)
    said = parser.parse_args()
    print(json.dumps(asyncio.run(measure(said.pending, said.burst)), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
