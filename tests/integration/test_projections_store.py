"""Views in a real database: each entry counts once, however it comes, whatever breaks between."""

import asyncio
import random
from collections.abc import Sequence

import asyncpg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from event_schemas.types import Comment, Event, State
from kernel.topics import partition_for
from projections.database import lost
from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX
from projections.positions import Overtaken, advance, place_of, positions
from projections.view import Slice, View
from tests.unit.projections.book import Book, question, random_book, request_id
from tests.unit.projections.workbench import Bench, bench, noise_only, portions, prepared
from tests.unit.request.samples import BEN, BOT
from tests.unit.request.words import any_word

VIEWS = pytest.mark.parametrize("view", [INBOX, HISTORY], ids=lambda view: view.name)


async def filled(bench: Bench, book: Book) -> Bench:
    await bench.begin(book)
    await bench.apply(book.whole())
    return bench


@VIEWS
async def test_the_size_of_batches_does_not_matter(database: str, view: View) -> None:
    await prepared(database, view)
    async with bench(database, view) as one, bench(database, view, fresh=True) as other:
        for seed in range(4):
            book, dice = random_book(seed, 250), random.Random(seed)
            await one.clear()
            await other.clear()
            await filled(one, book)
            await other.begin(book)
            for batch in portions(book, dice, largest=1 + 9 * seed):
                await other.apply(batch)
            assert await one.digests() == await other.digests()
            heads = [
                {p: at.head for p, at in (await positions(b.connection)).items()}
                for b in (one, other)
            ]
            assert heads[0] == heads[1] == {p: book.head(p) for p in range(book.partitions)}


async def test_any_events_give_the_same_tables_in_any_portions(module_database: str) -> None:
    """Hypothesis tells the stories; the database is the real one."""
    await prepared(module_database, INBOX, HISTORY)
    events = st.sampled_from(
        [f"handraise.event.{event.__name__}" for event in Event.__args__]  # pyright: ignore[reportAttributeAccessIssue]
    ).flatmap(any_word)
    entries = st.lists(
        st.tuples(st.integers(0, 3), st.lists(events, max_size=3)), min_size=1, max_size=8
    )

    async def same(view: View, book: Book, seed: int) -> bool:
        async with bench(module_database, view) as one:
            await one.clear()
            await filled(one, book)
            at_once = await one.digests()
            await one.clear()
            await one.begin(book)
            for batch in portions(book, random.Random(seed), largest=2):
                await one.apply(batch)
            return at_once == await one.digests()

    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(entries, st.integers(0, 99))
    def told(stories: list[tuple[int, list[Event]]], seed: int) -> None:
        book = Book()
        for number in range(4):
            book.tell(request_id(number), BOT, question())
        for number, happened in stories:
            book.happens(request_id(number), *happened)
        for view in (INBOX, HISTORY):
            asked = asyncio.run_coroutine_threadsafe(same(view, book, seed), loop)
            assert asked.result(60)

    await asyncio.to_thread(told)


@VIEWS
async def test_a_copy_that_was_overtaken_writes_nothing(database: str, view: View) -> None:
    await prepared(database, view)
    book = random_book(3, 120)
    async with bench(database, view) as zombie, bench(database, view) as other:
        await filled(zombie, book)
        before = await other.digests()
        for stale in (book.whole(), [book.slice(0)], [book.slice(1, 2)]):
            with pytest.raises(Overtaken):
                await zombie.apply(stale)
        assert await other.digests() == before


@VIEWS
async def test_of_two_copies_at_once_one_applies(database: str, view: View) -> None:
    await prepared(database, view)
    book = random_book(4, 150)
    async with bench(database, view) as one, bench(database, view) as other:
        await one.begin(book)
        outcomes = [
            await asyncio.gather(one.apply(batch), other.apply(batch), return_exceptions=True)
            for batch in portions(book, random.Random(4), largest=9)
        ]
        for outcome in outcomes:
            assert sum(isinstance(o, Overtaken) for o in outcome) == 1
            assert sum(isinstance(o, int) for o in outcome) == 1
        raced = await one.digests()
        await one.clear()
        await filled(one, book)
        assert await one.digests() == raced


@VIEWS
async def test_one_partition_overtaken_holds_back_the_whole_batch(
    database: str, view: View
) -> None:
    await prepared(database, view)
    book = random_book(5, 120)
    async with bench(database, view) as one:
        await one.begin(book)
        await one.apply([book.slice(0)])
        before = await one.digests()
        with pytest.raises(Overtaken):
            await one.apply(book.whole())
        assert await one.digests() == before
        await one.apply([book.slice(1), book.slice(2)])
        at_last = await one.digests()
        await one.clear()
        await filled(one, book)
        assert await one.digests() == at_last


async def die_writing(dying: Bench, survivor: Bench, batch: Sequence[Slice]) -> None:
    """Writes all of a batch, and loses the connection before the commit."""
    writes = dying.store.writes()
    await writes.add(dying.connection, batch)
    async with dying.connection.transaction():
        await advance(dying.connection, await place_of(dying.connection), batch)
        await writes.write(dying.connection)
        pid = dying.connection.get_server_pid()
        await survivor.connection.execute("SELECT pg_terminate_backend($1)", pid)
        await dying.connection.fetchval("SELECT 1")


@VIEWS
async def test_a_copy_that_dies_in_mid_transaction_leaves_nothing(
    database: str, view: View
) -> None:
    await prepared(database, view)
    book = random_book(6, 150)
    batches = portions(book, random.Random(6), largest=9)
    async with bench(database, view) as survivor:
        await survivor.begin(book)
        for batch in batches:
            async with bench(database, view) as dying:
                with pytest.raises(lost):
                    await die_writing(dying, survivor, batch)
            await survivor.apply(batch)
        at_last = await survivor.digests()
        await survivor.clear()
        await filled(survivor, book)
        assert await survivor.digests() == at_last


async def test_noise_moves_the_position_and_nothing_else(database: str) -> None:
    await prepared(database, INBOX)
    book = random_book(7, 60)
    async with bench(database, INBOX) as one:
        await filled(one, book)
        before, at = await one.digests(), (await positions(one.connection))[0]
        assert await one.apply([noise_only(book.slice(0))]) == 0
        now = (await positions(one.connection))[0]
        assert (now.head, now.read_to) == (at.head, at.read_to + 1)
        assert await one.digests() == before


async def test_the_tally_counts_what_is_there(database: str) -> None:
    await prepared(database, INBOX)
    book = random_book(8, 300)
    async with bench(database, INBOX) as one:
        await one.begin(book)
        for batch in portions(book, random.Random(8), largest=20):
            await one.apply(batch)
        counted = await one.connection.fetch(
            "SELECT tenant, kind, state, priority, sum(n)::bigint FROM tally GROUP BY 1, 2, 3, 4"
            " ORDER BY 1, 2, 3, 4"
        )
        there = await one.connection.fetch(
            "SELECT tenant, kind, state, priority, count(*) FROM request GROUP BY 1, 2, 3, 4"
            " ORDER BY 1, 2, 3, 4"
        )
        assert [tuple(row) for row in counted] == [tuple(row) for row in there]
        assert await one.connection.fetchval("SELECT count(*) FROM tally WHERE n <= 0") == 0


async def test_whoever_listens_hears_of_each_batch_as_it_is_there_to_be_read(
    database: str,
) -> None:
    await prepared(database, INBOX)
    book = Book()
    of_request = request_id(1)
    book.tell(of_request, BOT, question())
    book.tell(of_request, BEN, Comment(text="Hm."))
    partition = partition_for(of_request, book.partitions)
    listener = await asyncpg.connect(database)
    heard: asyncio.Queue[str] = asyncio.Queue()
    try:
        await listener.add_listener("handraise_inbox", lambda *said: heard.put_nowait(said[-1]))
        async with bench(database, INBOX) as one:
            await filled(one, book)
        assert await asyncio.wait_for(heard.get(), 10) == f"{partition}:1"
        rows = await listener.fetch("SELECT log_offset, version FROM inbox.change ORDER BY 1")
        assert [tuple(row) for row in rows] == [(0, 1), (1, 2)]
        state = await listener.fetchval("SELECT state FROM inbox.request")
        assert state == State.PENDING
    finally:
        await listener.close()
