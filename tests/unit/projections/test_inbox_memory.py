"""What the queue's projector remembers, and when it must not believe it."""

from dataclasses import replace

from projections.inbox.fold import fold
from projections.inbox.memory import Memory
from projections.inbox.row import InboxRow
from projections.view import Slice
from tests.unit.projections.book import Book, question, request_id
from tests.unit.request.samples import BOT


def a_book() -> tuple[Book, dict[str, tuple[int, InboxRow]]]:
    """Six requests in several partitions, and their rows with the partition of each."""
    book = Book()
    rows: dict[str, tuple[int, InboxRow]] = {}
    for number in range(6):
        told = book.tell(request_id(number), BOT, question())
        partition = next(p for p, all_told in book.admitted.items() if told in all_told)
        row = fold(None, told)
        assert row is not None
        rows[request_id(number)] = (partition, row)
    return book, rows


def next_slice(book: Book, partition: int) -> Slice:
    head = book.head(partition)
    return Slice(partition, head, (), head, head.log_offset + 1)


def kept(book: Book, rows: dict[str, tuple[int, InboxRow]], most: int = 99) -> Memory:
    memory = Memory(most)
    memory.keep(rows, {p: book.head(p).hash for p in range(book.partitions)})
    return memory


def test_rows_are_remembered_where_the_log_goes_on_from_them() -> None:
    book, rows = a_book()
    memory = kept(book, rows)
    memory.recall(next_slice(book, p) for p in range(book.partitions))
    assert {i: memory.row(i) for i in rows} == {i: row for i, (_, row) in rows.items()}


def test_a_partition_that_somebody_else_moved_is_forgotten_and_the_others_are_not() -> None:
    book, rows = a_book()
    memory = kept(book, rows)
    moved = rows[request_id(0)][0]
    piece = next_slice(book, moved)
    memory.recall([replace(piece, before=replace(piece.before, hash=b"another's"))])
    remembered = {i for i in rows if memory.row(i) is not None}
    assert remembered == {i for i, (partition, _) in rows.items() if partition != moved}
    assert remembered


def test_the_rows_written_longest_ago_make_room() -> None:
    book, rows = a_book()
    memory = kept(book, rows, most=4)
    first, *_, last = rows
    assert memory.row(first) is None
    assert memory.row(last) is not None
    memory.keep({request_id(2): rows[request_id(2)]}, {})
    memory.keep({first: rows[first]}, {})
    assert memory.row(request_id(2)) is not None
    assert memory.row(request_id(3)) is None
