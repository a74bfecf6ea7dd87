"""Projectors and rebuilds on a real broker and database."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from event_schemas.types import Entry, Event
from kernel.chain import Admitted
from kernel.clock import utc_now
from kernel.errors import LogCut, Unavailable
from kernel.kafka import create_topics, topic_name
from kernel.request.entry import event_of
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.topics import LOG, partition_for
from projections.build import Build, building
from projections.console import Console
from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX
from projections.positions import Overtaken
from projections.proof import Digest
from projections.rebuild import Mode, rebuild
from projections.runner import CURRENT, Projector
from projections.swap import Different
from projections.view import Slice, View
from tests.support.eventually import eventually
from tests.support.parts import running
from tests.unit.projections.book import Book, question, random_book, request_id
from tests.unit.projections.publishing import Publisher, settings_for
from tests.unit.projections.workbench import bench, prepared
from tests.unit.request.samples import BOT

VIEWS = pytest.mark.parametrize("view", [INBOX, HISTORY], ids=lambda view: view.name)


@pytest.fixture
async def settings(kafka: str, database: str, topic_prefix: str) -> Settings:
    await prepared(database, INBOX, HISTORY)
    return await settings_for(kafka, database, topic_prefix, partitions=3)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(database)
    yield made
    await made.close()


def projector(settings: Settings, view: View, readiness: Readiness | None = None) -> Projector:
    return Projector(settings, view, readiness or Readiness(CURRENT), utc_now)


def a_book(settings: Settings, seed: int, steps: int) -> Book:
    return random_book(seed, steps, topic=topic_name(settings, LOG))


def caught_up(
    connection: asyncpg.Connection, view: View, book: Book
) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        rows = await connection.fetch(f"SELECT partition, hash FROM {view.name}.position")
        heads = {row["partition"]: row["hash"] for row in rows}
        return heads == {p: book.head(p).hash for p in range(book.partitions)}

    return look


async def expected(settings: Settings, view: View, book: Book) -> dict[str, Digest]:
    """What the view must hold, made in one go without a broker."""
    async with bench(settings.pg_dsn, view, fresh=True) as other:
        await other.begin(book)
        await other.apply(book.whole())
        return await other.digests()


async def held(settings: Settings, view: View) -> dict[str, Digest]:
    async with bench(settings.pg_dsn, view) as live:
        return await live.digests()


@VIEWS
async def test_a_view_follows_the_log(
    settings: Settings, view: View, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 1, 200)
    publisher = Publisher(settings, book)
    await publisher.publish(at_most=30)
    readiness = Readiness(CURRENT)
    async with running([projector(settings, view, readiness)], readiness):
        await publisher.publish()
        await eventually(caught_up(connection, view, book))
    assert await held(settings, view) == await expected(settings, view, book)


@VIEWS
async def test_a_view_goes_on_where_it_stopped(
    settings: Settings, view: View, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 2, 200)
    publisher = Publisher(settings, book)
    for _ in range(3):
        await publisher.publish(at_most=20)
        readiness = Readiness(CURRENT)
        async with running([projector(settings, view, readiness)], readiness):
            pass
    await publisher.publish()
    async with running([projector(settings, view)]):
        await eventually(caught_up(connection, view, book))
    assert await held(settings, view) == await expected(settings, view, book)


async def test_a_long_transaction_does_not_cost_a_copy_its_partitions(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 6, 60)
    publisher = Publisher(settings, book)
    readiness = Readiness(CURRENT)

    async def says_that_it_lives() -> bool:
        return await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE query LIKE '%alive%' AND pid <> pg_backend_pid()"
            " AND datname = current_database())"
        )

    async with running([projector(settings, INBOX, readiness)], readiness):
        blocking = await asyncpg.connect(settings.pg_dsn)
        async with blocking.transaction():
            await blocking.execute("LOCK TABLE inbox.position IN ACCESS EXCLUSIVE MODE")
            await publisher.publish()
            await eventually(says_that_it_lives)
        await blocking.close()
        await eventually(caught_up(connection, INBOX, book))


async def test_copies_share_the_partitions_and_one_takes_over_from_another(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 3, 120)
    publisher = Publisher(settings, book)

    async def holders() -> dict[int, int]:
        rows = await connection.fetch(
            "SELECT pid, count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            " AND objid < 3 AND granted GROUP BY pid"
        )
        return {row["pid"]: row["n"] for row in rows}

    async with running([projector(settings, INBOX)]):
        async with running([projector(settings, INBOX)]):
            await eventually(lambda: _sorted_values(holders, [1, 2]))
            await publisher.publish()
            await eventually(caught_up(connection, INBOX, book))
        await eventually(lambda: _sorted_values(holders, [3]))
    assert await held(settings, INBOX) == await expected(settings, INBOX, book)


async def _sorted_values(look: Callable[[], Awaitable[dict[int, int]]], wanted: list[int]) -> bool:
    return sorted((await look()).values()) == wanted


async def test_a_copy_whose_sessions_are_cut_off_applies_nothing_twice(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    """As a copy that stood still for too long finds itself."""
    book = a_book(settings, 4, 300)
    publisher = Publisher(settings, book)
    async with running([projector(settings, INBOX), projector(settings, INBOX)]):
        for _ in range(6):
            await publisher.publish(at_most=17)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'handraise inbox'"
            )
        await publisher.publish()
        await eventually(caught_up(connection, INBOX, book))
    assert await held(settings, INBOX) == await expected(settings, INBOX, book)


async def test_a_cut_log_stops_the_projector(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 5, 60)
    await Publisher(settings, book).publish()
    async with running([projector(settings, INBOX)]):
        await eventually(caught_up(connection, INBOX, book))
    before = await held(settings, INBOX)
    await recreate_log(settings)
    with pytest.raises(LogCut, match="partition"):
        await asyncio.wait_for(projector(settings, INBOX).run(), 30)
    assert await held(settings, INBOX) == before


async def recreate_log(settings: Settings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_topics([topic_name(settings, LOG)])

        async def gone() -> bool:
            return topic_name(settings, LOG) not in await admin.list_topics()

        await eventually(gone)
    finally:
        await admin.close()
    await create_topics(settings)


@VIEWS
async def test_a_rebuild_is_equal_and_takes_the_place_of_the_live_view(
    settings: Settings, view: View, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 6, 200)
    publisher = Publisher(settings, book)
    await publisher.publish(at_most=20)
    out = io.StringIO()
    async with running([projector(settings, view)]):
        arriving = asyncio.create_task(_drip(publisher))
        oid = await _oid(connection, view)
        await rebuild(settings, view, Console(out, view.name), Mode.SWAP)
        assert await _oid(connection, view) != oid
        await arriving
        await eventually(caught_up(connection, view, book))
    assert "equal, row by row" in out.getvalue()
    assert await held(settings, view) == await expected(settings, view, book)
    schemas = await connection.fetch(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE $1", f"{view.name}%"
    )
    assert {row["nspname"] for row in schemas} <= {view.name, view.fresh}


@VIEWS
async def test_a_rebuild_by_several_processes_is_equal_too(
    settings: Settings, view: View, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.rebuild.FAR", 1)
    monkeypatch.setattr("projections.crew.cores", lambda: 2)
    book = a_book(settings, 13, 200)
    await Publisher(settings, book).publish()
    async with running([projector(settings, view)]):
        await eventually(caught_up(connection, view, book))
        await rebuild(settings, view, Console(io.StringIO(), view.name), Mode.SWAP)
    assert await held(settings, view) == await expected(settings, view, book)


async def _drip(publisher: Publisher) -> None:
    for _ in range(40):
        await publisher.publish(at_most=1)
    await publisher.publish()


def events_of(told: Admitted) -> list[Event]:
    assert isinstance(told.payload, Entry)
    return [event_of(recorded) for recorded in told.payload.events]


async def _oid(connection: asyncpg.Connection, view: View) -> int:
    table = next(iter(view.tables))
    return await connection.fetchval("SELECT $1::regclass::oid::bigint", f"{view.name}.{table}")


async def test_a_build_that_waits_for_a_silent_log_ends_with_a_sentence(settings: Settings) -> None:
    book = a_book(settings, 5, 30)
    await Publisher(settings, book).publish()
    async with building(settings, INBOX, lambda _progress: None) as build:
        ends = await build.ends()
        await build.reach(ends)
        beyond = {partition: end + 1 for partition, end in ends.items()}
        with pytest.raises(Unavailable, match="gave nothing of partitions 0, 1, 2"):
            await build.reach(beyond, silence_seconds=0.5)


async def test_indexes_of_a_rebuilt_view_are_those_of_the_live_one(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    async def indexes() -> set[tuple[str, str]]:
        rows = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'inbox'"
        )
        return {(row["indexname"], row["indexdef"]) for row in rows}

    book = a_book(settings, 6, 30)
    await Publisher(settings, book).publish()
    before = await indexes()
    async with running([projector(settings, INBOX)]):
        await eventually(caught_up(connection, INBOX, book))
        await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.SWAP)
    assert await indexes() == before


async def test_the_changes_that_listeners_may_ask_for_outlive_a_rebuild(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    book = a_book(settings, 7, 60)
    await Publisher(settings, book).publish()
    async with running([projector(settings, INBOX)]):
        await eventually(caught_up(connection, INBOX, book))
        before = await connection.fetch("SELECT * FROM inbox.change ORDER BY 1, 2")
        await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.SWAP)
        assert await connection.fetch("SELECT * FROM inbox.change ORDER BY 1, 2") == before
        assert before


@pytest.fixture
async def damaged(settings: Settings, connection: asyncpg.Connection) -> Book:
    """The book of a live queue in which one row says something else."""
    book = a_book(settings, 8, 80)
    await Publisher(settings, book).publish()
    async with running([projector(settings, INBOX)]):
        await eventually(caught_up(connection, INBOX, book))
    await connection.execute(
        "UPDATE inbox.request SET title = 'something else' WHERE request_id ="
        " (SELECT min(request_id) FROM inbox.request)"
    )
    return book


async def test_a_view_that_differs_is_named_and_left_as_it_is(
    settings: Settings, connection: asyncpg.Connection, damaged: Book
) -> None:
    before, oid = await held(settings, INBOX), await _oid(connection, INBOX)
    wrong = await connection.fetchval("SELECT min(request_id) FROM inbox.request")
    with pytest.raises(Different, match=f"request: {wrong}"):
        await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.SWAP)
    assert (await held(settings, INBOX), await _oid(connection, INBOX)) == (before, oid)
    fresh = await connection.fetchval("SELECT to_regnamespace('inbox_next')")
    assert fresh is None


async def test_a_damaged_view_is_replaced_while_its_projector_goes_on(
    settings: Settings, connection: asyncpg.Connection, damaged: Book
) -> None:
    publisher = Publisher(settings, damaged)
    publisher.skip_sent()
    async with running([projector(settings, INBOX)]):
        await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.REPLACE)
        damaged.tell(request_id(99), BOT, question())
        await publisher.publish()
        await eventually(caught_up(connection, INBOX, damaged))
    assert await held(settings, INBOX) == await expected(settings, INBOX, damaged)


async def test_rows_read_before_a_swap_are_not_written_after_it(
    settings: Settings, damaged: Book
) -> None:
    """The tables have other rows now, even where they stand at the same record of the log."""
    first = damaged.admitted[partition_for(request_id(0), damaged.partitions)][0]
    async with bench(settings.pg_dsn, INBOX) as late:
        await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.REPLACE)
        before = await held(settings, INBOX)
        told = damaged.happens(request_id(0), *events_of(first))
        partition = partition_for(request_id(0), damaged.partitions)
        with pytest.raises(Overtaken):
            await late.apply(
                [Slice(partition, told.before, [told], told.after, told.log_offset + 1)]
            )
    assert await held(settings, INBOX) == before


async def test_a_view_of_a_log_that_is_no_more_can_be_replaced(
    settings: Settings, connection: asyncpg.Connection, damaged: Book
) -> None:
    await recreate_log(settings)
    await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.REPLACE)
    anew = a_book(settings, 9, 40)
    await Publisher(settings, anew).publish()
    async with running([projector(settings, INBOX)]):
        await eventually(caught_up(connection, INBOX, anew))
    assert await held(settings, INBOX) == await expected(settings, INBOX, anew)


async def test_a_check_changes_nothing(settings: Settings, connection: asyncpg.Connection) -> None:
    book = a_book(settings, 10, 60)
    await Publisher(settings, book).publish()
    async with running([projector(settings, HISTORY)]):
        await eventually(caught_up(connection, HISTORY, book))
    oid, out = await _oid(connection, HISTORY), io.StringIO()
    await rebuild(settings, HISTORY, Console(out, "history"), Mode.CHECK)
    assert "equal, row by row" in out.getvalue()
    assert await _oid(connection, HISTORY) == oid


async def test_a_rebuild_that_breaks_leaves_the_live_view_at_work(
    settings: Settings, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = a_book(settings, 11, 60)
    await Publisher(settings, book).publish()
    async with running([projector(settings, INBOX)]):
        await eventually(caught_up(connection, INBOX, book))
        oid, before = await _oid(connection, INBOX), await held(settings, INBOX)

        async def break_off(_build: Build, _goals: object) -> int:
            raise OSError("no space left on device")

        monkeypatch.setattr(Build, "behind", break_off)
        with pytest.raises(OSError, match="no space"):
            await rebuild(settings, INBOX, Console(io.StringIO(), ""), Mode.SWAP)
        assert (await _oid(connection, INBOX), await held(settings, INBOX)) == (oid, before)
        assert await connection.fetchval("SELECT to_regnamespace('inbox_next')") is None
