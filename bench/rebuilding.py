"""How fast views are rebuilt, against what only reading, and only writing, would take."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.entries import Scribe
from event_schemas.types import Entry
from kernel.kafka import producer, topic_name
from kernel.log_reader import LogReader
from kernel.request.entry import event_of
from kernel.settings import Settings
from kernel.topics import LOG
from projections.build import Progress, building
from projections.crew import frugal
from projections.database import connected
from projections.inbox.columns import QUESTION, REQUEST
from projections.rebuild import fill
from projections.view import View

AT_ONCE = 5_000


async def measure_rebuild(settings: Settings, views: Sequence[View], lives: int) -> dict[str, Any]:
    """Entries a second of each view's rebuild, and of the two limits."""
    print(f"  a log of {lives:,} lives", flush=True)
    entries = await _publish(settings, lives)
    figures: dict[str, Any] = {"entries": entries, "lives_at_once": AT_ONCE}
    frugal()
    print("  read and decoded, no more", flush=True)
    figures["read_and_decoded"] = bare = round(entries / await _read(settings, entries))
    for view in views:
        print(f"  {view.name} rebuilt", flush=True)
        figures[view.name] = await _rebuilt(settings, view, entries, bare)
    return figures


async def _publish(settings: Settings, lives: int) -> int:
    scribe = Scribe(topic_name(settings, LOG), settings.partitions)
    sender = await producer(settings, linger_ms=5)
    try:
        for partition, value in scribe.lived(lives, AT_ONCE):
            await sender.send(topic_name(settings, LOG), value=value, partition=partition)
        await sender.flush()
    finally:
        await sender.stop()
    return scribe.told


async def _read(settings: Settings, entries: int) -> float:
    reader = LogReader(settings)
    await reader.start()
    try:
        began = time.perf_counter()
        for partition in range(settings.partitions):
            await reader.follow(partition, reader.genesis(partition))
        async for batch in reader.batches():
            for admitted in batch.admitted:
                payload = admitted.payload
                if isinstance(payload, Entry):
                    for recorded in payload.events:
                        event_of(recorded)
            entries -= len(batch.admitted)
            if entries == 0:
                break
        return time.perf_counter() - began
    finally:
        await reader.stop()


async def _rebuilt(settings: Settings, view: View, entries: int, bare: int) -> dict[str, Any]:
    began = time.perf_counter()
    async with building(settings, view, _unseen) as build:
        await fill(settings, build, view, build.ends)
        seconds = time.perf_counter() - began
        copied = await _copied(settings, view)
    rate, copy = round(entries / seconds), round(entries / copied)
    return {
        "filled_and_indexed": rate,
        "copy_of_finished_rows": copy,
        "ratio": round(rate / min(bare, copy), 2),
    }


def _unseen(_progress: Progress) -> None:
    """Nobody watches."""


async def _copied(settings: Settings, view: View) -> float:
    """Seconds that COPY takes to write the rows of the fresh schema once more, from memory."""
    tables = {"request": REQUEST, "question": QUESTION} if view.name == "inbox" else {"event": None}
    seconds = 0.0
    async with connected(settings.pg_dsn, view.fresh, statement_timeout="0") as connection:
        for table, columns in tables.items():
            records = await connection.fetch(f"SELECT * FROM {table}")
            names = columns or list(records[0].keys())
            rows = [tuple(record[name] for name in names) for record in records]
            await connection.execute(f"CREATE TABLE copy_{table} (LIKE {table})")
            began = time.perf_counter()
            await connection.copy_records_to_table(f"copy_{table}", records=rows, columns=names)
            seconds += time.perf_counter() - began
            await connection.execute(f"DROP TABLE copy_{table}")
            await asyncio.sleep(0)
    return seconds
