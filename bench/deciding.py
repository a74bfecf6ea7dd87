"""Measures deciding: commands a second through request_svc, beside a bare loop over the same bytes.

`python -m bench.deciding [--commands 20000]`; the servers are those of HANDRAISE_KAFKA and
HANDRAISE_PG_DSN. The commands wait in their topic before the writer starts; what counts is the time
from its first entry to the last one admitted. The limit consumes the same commands, hashes each
and produces the writer's own entries, with the same client library and nothing else.
"""

import argparse
import asyncio
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.ground import ROOT, cpu_seconds, fresh_ground, process
from kernel.codec import encode
from kernel.kafka import producer, topic_name
from kernel.log_reader import LogReader
from kernel.settings import Settings
from kernel.topics import ASKS, COMMANDS, MIB, partition_for
from tests.support import questions

MODULE = "services.request_svc"
MIGRATIONS: Path = ROOT / "services/request_svc/migrations"
COMMANDS_SENT = 20_000

Records = dict[int, list[bytes]]


async def measure(count: int) -> dict[str, Any]:
    """Commands a second of the writer and of the bare loop, their ratio, and CPU per command."""
    async with fresh_ground([("checkpoints", MIGRATIONS)]) as settings:
        print(f"  {count:,} commands", flush=True)
        await _fill(settings, count)
        with process(settings, MODULE) as pid:
            entries, seconds = await _admitted(settings, count)
            cpu = cpu_seconds(pid)
        print("  the bare loop", flush=True)
        bare, bare_cpu = await _bare(settings, entries, count)
    return {
        "commands_per_second": round(count / seconds),
        "bare_loop_per_second": round(count / bare),
        "ratio": round(bare / seconds, 2),
        "cpu_ms_per_command": round(1000 * cpu / count, 3),
        "bare_cpu_ms_per_command": round(1000 * bare_cpu / count, 3),
    }


async def _fill(settings: Settings, count: int) -> None:
    """Puts openings and their answers into the command topic."""
    sender = await producer(settings, linger_ms=20)
    topic = topic_name(settings, COMMANDS)
    try:
        for _ in range(count // 2):
            opened = questions.command(questions.opening())
            for command in (opened, questions.approve(opened.request_id, questions.ADA)):
                where = partition_for(command.request_id, settings.partitions)
                await sender.send(topic, encode(command), partition=where)
        await sender.flush()
    finally:
        await sender.stop()


async def _admitted(settings: Settings, count: int) -> tuple[Records, float]:
    """The entries by partition, and the seconds from the first to the last."""
    reader = LogReader(settings, gather_ms=20)
    await reader.start()
    sizes: Records = {partition: [] for partition in range(settings.partitions)}
    began, found = 0.0, 0
    try:
        for partition in sizes:
            await reader.follow(partition, reader.genesis(partition))
        async for batch in reader.batches():
            began = began or time.perf_counter()
            sizes[batch.partition] += [bytes(_size(one.payload)) for one in batch.admitted]
            found += len(batch.admitted)
            if found >= count:
                return sizes, time.perf_counter() - began
    finally:
        await reader.stop()
    raise AssertionError("the log's reader never ends")


def _size(payload: Any) -> int:
    return len(encode(payload))


async def _bare(settings: Settings, entries: Records, count: int) -> tuple[float, float]:
    """Wall and CPU seconds to consume the commands and to produce as many bytes as the entries."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * MIB,
    )
    sender = await producer(settings)
    await consumer.start()
    topic = topic_name(settings, COMMANDS)
    consumer.assign([TopicPartition(topic, partition) for partition in entries])
    queues = {partition: iter(values) for partition, values in entries.items()}
    futures: list[Any] = []
    began, cpu_began = 0.0, 0.0
    try:
        while len(futures) < count:
            fetched = await consumer.getmany(timeout_ms=1000)
            if not began:
                began, cpu_began = time.perf_counter(), time.process_time()
            for where, records in fetched.items():
                for record in records:
                    hashlib.sha256(record.value or b"").digest()
                    value = next(queues[where.partition])
                    sent = await sender.send(
                        topic_name(settings, ASKS), value, partition=where.partition
                    )
                    futures.append(sent)
        await asyncio.gather(*futures)
        return time.perf_counter() - began, time.process_time() - cpu_began
    finally:
        await consumer.stop()
        await sender.stop()


def main() -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=COMMANDS_SENT)
    print(json.dumps(asyncio.run(measure(parser.parse_args().commands)), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
