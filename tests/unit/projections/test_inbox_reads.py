"""Facets, cursors and filters of the queue, as far as they need no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_schemas.types import Facet, FacetType, Priority, State
from kernel.errors import Invalid
from projections.inbox.changes import Notice
from projections.inbox.cursor import read_cursor, write_cursor
from projections.inbox.facets import at_pointer, facets_of, instant, typed
from projections.inbox.filters import Filters, where

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [{"b/c": 1, "~": 2}]}),
        ("/a/0/b~1c", 1),
        ("/a/0/~0", 2),
        ("/a/1", None),
        ("/a/x", None),
        ("/a/-1", None),
        ("/a/0/b~1c/d", None),
        ("/z", None),
    ],
)
def test_a_pointer_names_a_place(pointer: str, value: object) -> None:
    assert at_pointer({"a": [{"b/c": 1, "~": 2}]}, pointer) == value


@pytest.mark.parametrize(
    ("kind", "given_value", "kept"),
    [
        (FacetType.STRING, "high", "high"),
        (FacetType.STRING, "x" * 300, "x" * 200),
        (FacetType.STRING, 3, None),
        (FacetType.NUMBER, 3, 3),
        (FacetType.NUMBER, 2.5, 2.5),
        (FacetType.NUMBER, True, None),
        (FacetType.NUMBER, float("inf"), None),
        (FacetType.BOOLEAN, False, False),
        (FacetType.BOOLEAN, 0, None),
        (FacetType.INSTANT, "2026-03-02T12:00:00+02:00", "2026-03-02T10:00:00.000000Z"),
        (FacetType.INSTANT, "tomorrow", None),
        (FacetType.INSTANT, 12, None),
    ],
)
def test_a_facet_holds_only_values_of_its_type(
    kind: FacetType, given_value: object, kept: object
) -> None:
    assert typed(kind, given_value) == kept
    facet = Facet(name="f", pointer="/f", type=kind)
    expected = {} if kept is None else {"f": kept}
    assert facets_of([facet], {"f": given_value}) == expected


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=2))
def test_instants_sort_by_time(moments: list[datetime]) -> None:
    first, second = (instant(moment.isoformat()) or "" for moment in moments)
    assert (first < second) == (moments[0] < moments[1])


@given(st.lists(st.one_of(st.none(), st.integers(0, 9), st.text(max_size=9)), max_size=3))
def test_a_cursor_gives_back_the_place(values: list[object]) -> None:
    assert read_cursor(KEY, b"list", write_cursor(KEY, b"list", values)) == values


@given(st.data())
def test_a_cursor_that_was_touched_is_refused(data: st.DataObject) -> None:
    cursor = write_cursor(KEY, b"list", ["2026", "id"])
    place = data.draw(st.integers(0, len(cursor) - 2))
    other = data.draw(st.sampled_from("ABab01-_").filter(lambda c: c != cursor[place]))
    with pytest.raises(Invalid):
        read_cursor(KEY, b"list", cursor[:place] + other + cursor[place + 1 :])


@pytest.mark.parametrize("cursor", ["", "x", "ü", "=" * 9, "A" * 22])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(KEY, b"list", cursor)


def test_a_cursor_is_good_for_its_own_list_only() -> None:
    cursor = write_cursor(KEY, b"list", [1])
    with pytest.raises(Invalid):
        read_cursor(KEY, b"other list", cursor)
    with pytest.raises(Invalid):
        read_cursor(b"o" * 32, b"list", cursor)


def test_an_age_that_moves_with_the_clock_keeps_its_cursors() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    old = Filters(kinds=("approval",), created_before=now)
    assert old.digest() == replace(old, created_before=now + timedelta(seconds=9)).digest()
    assert old.digest() != replace(old, kinds=("decision",)).digest()


def test_only_what_the_tally_knows_is_counted_by_it() -> None:
    known = Filters(
        open_only=True, states=(State.PENDING,), kinds=("a",), priorities=(Priority.LOW,)
    )
    assert known.countable
    assert not replace(known, requester_id="bot").countable
    assert not replace(known, text="merge").countable


@pytest.mark.parametrize("text", ["ab", "merge it", " ".join(["word"] * 9)])
def test_a_search_that_no_index_can_answer_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        where("demo", Filters(text=text))


def test_a_notice_is_read_as_it_was_written() -> None:
    assert Notice.read(Notice(3, 71).text()) == Notice(3, 71)
