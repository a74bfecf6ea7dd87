"""What the timeline tells of an entry."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import AutoDecision, Claim, Event, Policy
from projections.history.fold import REFUSED, HistoryRow, data_of, fold
from projections.history.queries import entry_of
from projections.json_text import to_json
from tests.unit.projections.book import Book, question, random_book, request_id, revision
from tests.unit.request import samples
from tests.unit.request.samples import ANN, BEN, BOT
from tests.unit.request.words import any_word

ID = request_id(1)


def story(book: Book) -> list[HistoryRow]:
    """The rows of a book's only request."""
    rows: list[HistoryRow] = []
    for partition, admitted in book.admitted.items():
        for told in admitted:
            rows += fold(rows[-1].version if rows else 0, partition, told)
    return rows


def data(row: HistoryRow) -> Any:
    return orjson.loads(row.data)


def test_each_event_is_a_row_with_its_version() -> None:
    book = Book()
    book.tell(ID, BOT, question(callback=None))
    book.tell(ID, ANN, Claim())
    book.tell(ID, ANN, samples.answer("approve", comment="Fine."))
    rows = story(book)
    assert [(row.event, row.version, row.step) for row in rows] == [
        ("Requested", 1, 0),
        ("Assigned", 2, 0),
        ("Received", 3, 0),
        ("Completed", 4, 1),
    ]
    assert orjson.loads(rows[2].actor or "")["id"] == "ann"
    assert data(rows[2])["response"]["comment"] == "Fine."


def test_the_asked_json_is_told_as_json() -> None:
    book = Book()
    book.tell(ID, BOT, question())
    told = data(story(book)[0])
    assert told["context"]["risk"] == {"level": "high"}
    assert told["metadata"] == {"workflow_id": "w1"}


def test_a_refusal_is_a_row_at_the_version_that_it_met() -> None:
    book = Book()
    book.tell(ID, BOT, question(callback=None))
    book.tell(ID, ANN, samples.answer("approve"))
    book.tell(ID, BEN, samples.answer("reject"))
    last = story(book)[-1]
    assert (last.event, last.version, last.body) == (REFUSED, 3, None)
    assert data(last)["reason"] == "already_decided"
    assert data(last)["winner"]["actor_id"] == "ann"
    assert data(last)["command"] == "Respond"


def test_a_late_answer_is_told_after_the_timeout_that_beat_it() -> None:
    book = Book()
    book.tell(ID, BOT, question(callback=None))
    book.tell(ID, ANN, samples.answer("approve"), after=7200)
    rows = story(book)
    assert [row.event for row in rows][-3:] == ["TimedOut", "Completed", REFUSED]
    assert rows[-3].by_policy
    assert not rows[-1].by_policy


def test_what_is_chained_can_be_followed_row_by_row() -> None:
    book = Book()
    book.tell(ID, BOT, question())
    book.tell(ID, BEN, samples.answer("request_changes"))
    book.tell(ID, BOT, revision())
    entries = list(dict.fromkeys((row.entry_hash, row.request_previous) for row in story(book)))
    assert entries[0][1] is None
    assert [previous for _, previous in entries[1:]] == [own for own, _ in entries[:-1]]


def test_no_reference_to_a_secret_is_told() -> None:
    book = Book()
    book.tell(ID, BOT, question())
    row = story(book)[0]
    assert data(row)["callback"] == {"url": samples.CALLBACK.url}
    assert samples.CALLBACK.secret_ref not in row.data


def test_a_skipped_command_is_no_part_of_any_story() -> None:
    book = Book()
    book.skip(0)
    assert story(book) == []


@pytest.mark.parametrize("seed", range(5))
def test_versions_are_those_of_the_request(seed: int) -> None:
    book = random_book(seed, 200)
    versions: dict[str, int] = {}
    for partition, admitted in book.admitted.items():
        for told in admitted:
            of_request = getattr(told.payload, "request_id", "")
            rows = fold(versions.get(of_request, 0), partition, told)
            if rows:
                versions[of_request] = rows[-1].version
    for of_request, request in book.requests.items():
        assert versions[of_request] == (0 if request is None else request.state.version)


def test_an_entry_is_read_back_from_its_rows_as_far_as_a_fold_needs_it() -> None:
    book = Book()
    told = book.tell(ID, BOT, question())
    row = story(book)[0]
    record = {name: getattr(row, name) for name in HistoryRow.__dataclass_fields__}
    again = entry_of([record])
    assert again.events == told.payload.events  # pyright: ignore[reportAttributeAccessIssue]
    assert again.actor == BOT


events = st.sampled_from(
    [f"handraise.event.{event.__name__}" for event in Event.__args__]  # pyright: ignore[reportAttributeAccessIssue]
).flatmap(any_word)


@settings(max_examples=200, deadline=None)
@given(events)
def test_every_event_that_fits_its_schema_can_be_told(event: Event) -> None:
    told = orjson.loads(to_json(data_of(event)))
    assert isinstance(told, dict)
    assert not isinstance(told.get("policy"), Policy)


@pytest.mark.parametrize("shadow", [False, True])
def test_an_opening_names_the_rule_that_decided_it_or_would_have(*, shadow: bool) -> None:
    auto = AutoDecision(rule="r1", rule_version=1, decision="approve", maker="lea", shadow=shadow)
    book = Book()
    book.tell(ID, BOT, question(auto_decision=auto, rules=samples.policy()))
    opening, *rest = story(book)
    assert (opening.event, opening.rule, opening.shadow) == ("Requested", "r1", shadow)
    assert [row.event for row in rest] == ([] if shadow else ["Received"])
    assert all(row.rule is None for row in rest), "each use counts once"
