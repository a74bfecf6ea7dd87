"""Projectors as processes that stand still and die while the log grows."""

import asyncio
from pathlib import Path

import asyncpg

from kernel.kafka import topic_name
from kernel.settings import Settings
from kernel.topics import LOG
from projections.inbox.wiring import INBOX
from projections.view import View
from tests.support.eventually import eventually
from tests.support.processes import ServiceProcess, free_port_base
from tests.unit.projections.book import Book, question, random_book, request_id
from tests.unit.projections.publishing import Publisher, settings_for
from tests.unit.projections.workbench import bench, prepared
from tests.unit.request.samples import BOT


async def caught_up(settings: Settings, view: View, hashes: dict[int, bytes]) -> bool:
    connection = await asyncpg.connect(settings.pg_dsn)
    try:
        rows = await connection.fetch(f"SELECT partition, hash FROM {view.name}.position")
        return {row["partition"]: row["hash"] for row in rows} == hashes
    finally:
        await connection.close()


async def test_a_stopped_copy_and_a_killed_one_lose_and_double_nothing(
    kafka: str, database: str, topic_prefix: str, tmp_path: Path
) -> None:
    view = INBOX
    await prepared(database, view)
    settings = await settings_for(kafka, database, topic_prefix, partitions=3)
    book = random_book(31, 400, topic=topic_name(settings, LOG))
    publisher = Publisher(settings, book)
    whole = {p: book.head(p).hash for p in range(book.partitions)}

    def copy(name: str) -> ServiceProcess:
        own = settings.model_copy(update={"port_base": free_port_base()})
        return ServiceProcess("projections.inbox", own, tmp_path / name)

    one = copy("one")
    with one:
        await one.ready()
        with copy("two") as two:
            await two.ready()
            arriving = asyncio.create_task(drip(publisher))
            one.pause()
            await arriving
            await eventually(lambda: caught_up(settings, view, whole))
            one.resume()
            two.kill()
            more(book)
            await publisher.publish()
            whole = {p: book.head(p).hash for p in range(book.partitions)}
            await eventually(lambda: caught_up(settings, view, whole))
        assert await one.stop() == 0
    async with bench(database, view) as live, bench(database, view, fresh=True) as other:
        await other.begin(book)
        await other.apply(book.whole())
        assert await live.digests() == await other.digests()


async def drip(publisher: Publisher) -> None:
    for _ in range(30):
        await publisher.publish(at_most=3)
    await publisher.publish()


def more(book: Book) -> None:
    """Lets the book's story go on."""
    for number in range(500, 520):
        book.tell(request_id(number), BOT, question())
