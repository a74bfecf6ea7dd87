"""The pieces that every view shares, as far as they need neither broker nor database."""

import asyncio
import io

import pytest

from kernel.log_reader import LogBatch
from projections.backlog import Backlog
from projections.build import Progress, until
from projections.console import Console
from projections.crew import shares
from projections.ownership import lock_class
from projections.work import together
from tests.unit.projections.book import Book, random_book


def batch(book: Book, partition: int, begin: int, end: int) -> LogBatch:
    piece = book.slice(partition, begin, end)
    return LogBatch(partition, list(piece.admitted), piece.after, piece.read_to)


def offsets(found: LogBatch) -> list[int]:
    return [admitted.log_offset for admitted in found.admitted]


async def test_batches_of_one_partition_are_taken_as_one_slice() -> None:
    book, backlog = random_book(1, 60), Backlog()
    await backlog.put(batch(book, 1, 0, 2))
    await backlog.put(batch(book, 0, 0, 3))
    await backlog.put(batch(book, 1, 2, 5))
    taken = await backlog.take()
    assert taken == [book.slice(0, 0, 3), book.slice(1, 0, 5)]


async def test_noise_behind_a_batch_counts_as_read() -> None:
    book, backlog = random_book(1, 60), Backlog()
    first = batch(book, 1, 0, 2)
    await backlog.put(first)
    await backlog.put(LogBatch(1, [], first.head, first.next_log_offset + 3))
    (taken,) = await backlog.take()
    assert (taken.before, taken.after) == (book.slice(1, 0, 2).before, first.head)
    assert taken.read_to == first.next_log_offset + 3


@pytest.mark.parametrize("bound", [{"max_records": 2}, {"max_bytes": 1}])
async def test_a_full_backlog_makes_the_reader_wait(bound: dict[str, int]) -> None:
    book, backlog = random_book(1, 60), Backlog(**bound)
    await backlog.put(batch(book, 1, 0, 2))
    waiting = asyncio.create_task(backlog.put(batch(book, 1, 2, 3)))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await backlog.take() == [book.slice(1, 0, 2)]
    await waiting
    assert await backlog.take() == [book.slice(1, 2, 3)]


async def test_what_is_forgotten_makes_room() -> None:
    book, backlog = random_book(1, 60), Backlog(max_records=2)
    await backlog.put(batch(book, 1, 0, 2))
    await backlog.forget(1)
    await backlog.put(batch(book, 0, 0, 1))
    assert await backlog.take() == [book.slice(0, 0, 1)]


def test_a_batch_is_cut_where_its_goal_lies() -> None:
    book = random_book(1, 80)
    whole = batch(book, 0, 0, 9)
    middle = whole.admitted[4]
    cut = until(middle.log_offset, whole)
    assert offsets(cut) == offsets(whole)[:4]
    assert (cut.head, cut.next_log_offset) == (middle.before, middle.log_offset)
    assert until(whole.next_log_offset, whole) == whole
    nothing = until(whole.admitted[0].log_offset, whole)
    assert (nothing.admitted, nothing.head) == ([], whole.admitted[0].before)


async def test_work_ends_with_the_first_failure() -> None:
    ended = asyncio.Event()

    async def fails() -> None:
        raise ValueError("no")

    async def works_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(ValueError, match="no"):
        await together(works_on(), fails())
    assert ended.is_set()


async def test_work_that_is_all_done_is_done() -> None:
    done: list[int] = []

    async def add(number: int) -> None:
        done.append(number)

    await together(add(1), add(2))
    assert done == [1, 2]


def test_progress_is_shown_with_rate_and_time_left() -> None:
    out = io.StringIO()
    console = Console(out, "inbox")
    console.progress(Progress(250, 1000, 50.0))
    console.progress(Progress(300, 1000, 50.0))
    console.progress(Progress(1000, 1000, 60.0))
    assert out.getvalue().splitlines() == [
        "inbox: 250 of 1,000 log records (25 %), 50/s, 15 s to go",
        "inbox: 1,000 of 1,000 log records (100 %), 60/s",
    ]


def test_each_view_has_locks_of_its_own() -> None:
    classes = {lock_class(name) for name in ("inbox", "history", "stats")}
    assert len(classes) == 3
    assert all(-(2**31) <= number < 2**31 for number in classes)


@pytest.mark.parametrize("workers", [1, 2, 3, 50])
def test_every_partition_is_dealt_to_one_worker_and_the_ways_are_about_as_long(
    workers: int,
) -> None:
    goals = {partition: 100 * partition for partition in range(12)}
    dealt = shares(goals, workers)
    assert len(dealt) == min(workers, 11)
    assert sorted(p for share in dealt for p in share) == list(range(1, 12))
    assert {p: goal for share in dealt for p, goal in share.items()}.items() <= goals.items()
    lengths = [sum(share.values()) for share in dealt]
    assert max(lengths) - min(lengths) <= max(goals.values())
