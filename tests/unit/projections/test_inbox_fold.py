"""What the queue shows of a request after what happened to it."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import (
    Assign,
    Assignee,
    CallbackStatus,
    Cancel,
    Claim,
    Comment,
    Event,
    Expire,
    Outcome,
    Priority,
    Recipient,
    RecordCallback,
    RecordNotification,
    Release,
    Reprioritise,
    Requested,
    Routing,
    Start,
    State,
)
from kernel.codec import decode
from kernel.errors import Unreadable
from kernel.topics import partition_for
from projections.inbox.columns import REQUEST, request_columns
from projections.inbox.fold import fold
from projections.inbox.row import InboxRow
from tests.unit.projections.book import Book, question, random_book, request_id, revision, rules
from tests.unit.request import samples
from tests.unit.request.samples import ANN, BEN, BOT, CLOCK, LEA, NOTIFIER, POSTMAN
from tests.unit.request.words import any_word

ID = request_id(1)
TOLD = RecordNotification(notice_id="n1", channels=("web",), sent=1, failed=0)


def shown(book: Book, number: int = 1) -> InboxRow:
    """The row of the book's nth request, folded record by record."""
    row: InboxRow | None = None
    of_request = request_id(number)
    for told in book.admitted[partition_for(of_request, book.partitions)]:
        if getattr(told.payload, "request_id", None) == of_request:
            row = fold(row, told)
    assert row is not None
    return row


def opened(**over: object) -> Book:
    book = Book()
    book.tell(ID, BOT, question(**over))
    return book


def delivered(book: Book) -> RecordCallback:
    request = book.requests[ID]
    assert request is not None
    assert request.state.callback_id is not None
    return RecordCallback(
        delivery_id=request.state.callback_id, delivered=True, status_code=200, attempts=1
    )


def test_a_question_is_shown_as_it_was_asked() -> None:
    routing = Routing(channels=("email",), recipients=(Recipient(email="ann@example.org"),))
    row = shown(opened(routing=routing, priority=Priority.HIGH))
    assert row.title == "May this be merged?"
    assert row.facets == {"risk": "high", "lines": 12, "hot": True}
    assert row.request.state.state is State.PENDING
    assert row.request.state.priority is Priority.HIGH
    assert row.question is not None
    assert row.question.description == "Read it *first*."
    assert orjson.loads(row.question.context)["account"] == "acme-shop"
    assert orjson.loads(row.question.routing or "")["recipients"][0]["email"] == "ann@example.org"
    assert [d["name"] for d in orjson.loads(row.question.decisions)][:2] == ["approve", "reject"]


def test_a_life_from_question_to_callback_leaves_its_moments() -> None:
    book = opened()
    created = book.now
    book.tell(ID, NOTIFIER, TOLD)
    book.tell(ID, ANN, Claim())
    book.tell(ID, ANN, Start())
    book.tell(ID, ANN, samples.answer("approve", comment="Fine.", data='{"ok":true}'))
    book.tell(ID, POSTMAN, delivered(book))
    row = shown(book)
    moments = (
        row.request.state.created_at,
        row.notified_at,
        row.assigned_at,
        row.started_at,
        row.responded_at,
        row.closed_at,
        row.callback_sent_at,
        row.completed_at,
        row.updated_at,
    )
    seconds = (0, 1, 2, 3, 4, 4, 5, 5, 5)
    assert moments == tuple(created + timedelta(seconds=s) for s in seconds)
    assert row.responded_by == "ann"
    assert row.request.state.state is State.COMPLETED
    assert row.request.state.outcome is Outcome.ANSWERED
    assert row.request.state.callback_status is CallbackStatus.SENT
    response = orjson.loads(row.response or "")
    assert (response["decision"], response["comment"]) == ("approve", "Fine.")
    assert response["data"] == {"ok": True}


def test_whoever_gives_a_request_back_is_no_longer_shown_as_its_owner() -> None:
    book = opened()
    book.tell(ID, ANN, Claim())
    book.tell(ID, ANN, Start())
    book.tell(ID, ANN, Release())
    row = shown(book)
    assert row.request.state.assignee is None
    assert (row.assigned_at, row.started_at) == (None, None)


def test_a_new_owner_has_not_started() -> None:
    book = opened()
    book.tell(ID, ANN, Claim())
    book.tell(ID, ANN, Start())
    book.tell(ID, LEA, Assign(assignee=Assignee(person="ben")))
    row = shown(book)
    assert row.request.state.assignee == Assignee(person="ben")
    assert (row.assigned_at, row.started_at) == (book.now, None)


def test_wanted_changes_are_shown_until_the_question_is_revised() -> None:
    book = opened(routing=Routing(channels=("web",)))
    book.tell(ID, NOTIFIER, TOLD)
    book.tell(ID, BEN, samples.answer("request_changes"))
    asked = shown(book)
    assert asked.request.state.state is State.REVISING
    assert orjson.loads(asked.response or "")["decision"] == "request_changes"
    assert asked.responded_by == "ben"
    assert asked.closed_at is None

    book.tell(ID, BOT, revision())
    revised = shown(book)
    assert revised.request.state.state is State.PENDING
    assert revised.request.state.revision == 2
    assert revised.title == "May this be merged now?"
    assert revised.facets == {"risk": "low", "lines": 3}
    assert (revised.response, revised.responded_at, revised.responded_by) == (None, None, None)
    assert revised.notified_at is None
    assert revised.question is not None
    assert orjson.loads(revised.question.routing or "")["channels"] == ["web"]


def test_the_policys_answer_at_the_deadline_has_no_responder() -> None:
    book = opened()
    request = book.requests[ID]
    assert request is not None
    generation = request.state.deadline_generation
    book.tell(ID, CLOCK, Expire(generation=generation), after=2 * 3600)
    row = shown(book)
    assert row.request.state.outcome is Outcome.TIMED_OUT
    assert orjson.loads(row.response or "")["default"] is True
    assert row.responded_by is None
    assert row.closed_at == book.now


def test_a_cancelled_request_has_no_answer() -> None:
    book = opened(callback=None)
    book.tell(ID, BOT, Cancel(reason="no more"))
    row = shown(book)
    assert row.request.state.outcome is Outcome.CANCELLED
    assert (row.response, row.responded_at) == (None, None)
    assert row.closed_at == row.completed_at == book.now


def test_a_refused_command_changes_nothing() -> None:
    book = opened(callback=None)
    book.tell(ID, ANN, samples.answer("approve"))
    before = shown(book)
    book.tell(ID, BEN, samples.answer("reject"))
    assert shown(book) == before


def test_votes_are_counted_while_a_quorum_is_missing() -> None:
    book = opened(rules=rules(quorum=2))
    book.tell(ID, ANN, samples.answer("approve"))
    values = dict(zip(REQUEST, request_columns(shown(book), 0), strict=True))
    assert [vote["person"] for vote in orjson.loads(values["votes"])] == ["ann"]
    assert values["votes_needed"] == 2
    assert values["open"] is True
    assert values["response"] is None


def test_the_row_counts_the_same_versions_as_the_request() -> None:
    book = opened()
    book.tell(ID, LEA, Reprioritise(priority=Priority.URGENT))
    book.tell(ID, BEN, Comment(text="Hm."))
    row = shown(book)
    assert row.request.state.version == 3
    assert row.request.state.priority is Priority.URGENT


@pytest.mark.parametrize("raw", ["not json", '{"a":NaN}', '"\\ud800"', "[" * 5000])
def test_a_context_that_is_no_json_is_shown_as_text(raw: str) -> None:
    row = shown(opened(context=raw))
    assert row.question is not None
    assert orjson.loads(row.question.context) == raw
    assert row.facets == {}


def test_text_that_postgres_cannot_hold_is_shown_with_a_mark() -> None:
    row = shown(opened(title="a\x00b", principal_id="p\x00"))
    assert row.title == "a\ufffdb"
    values = dict(zip(REQUEST, request_columns(row, 0), strict=True))
    assert values["principal_id"] == "p\ufffd"


def test_a_request_is_found_by_what_people_remember_of_it() -> None:
    row = shown(opened())
    assert row.question is not None
    for word in ("merged", "first", "acme", "acme-shop", "high", "w1"):
        assert word in row.question.search


def test_alike_requests_share_a_key_until_one_is_revised_into_something_else() -> None:
    book = Book()
    first, other = question(title="Merge 1?"), question(title="merge 22")
    other = replace(other, context=other.context.replace("12", "9"))
    book.tell(request_id(1), BOT, first)
    book.tell(request_id(2), BOT, other)
    assert shown(book, 1).likeness == shown(book, 2).likeness
    book.tell(request_id(2), ANN, samples.answer("request_changes"))
    book.tell(request_id(2), BOT, revision())
    assert shown(book, 2).likeness not in ("", shown(book, 1).likeness)


def test_an_event_before_its_request_stops_the_fold() -> None:
    book = opened()
    told = book.tell(ID, BEN, Comment(text="Hm."))
    with pytest.raises(Unreadable):
        fold(None, told)


def test_a_second_opening_starts_anew_and_goes_on_counting() -> None:
    book = opened(callback=None)
    book.tell(ID, BOT, Cancel())
    first = book.admitted[partition_for(ID, book.partitions)][0].payload
    event = decode(first.events[0].body)  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(event, Requested)
    book.happens(ID, event)
    row = shown(book)
    assert row.request.state.version == 4
    assert (row.closed_at, row.completed_at) == (None, None)


@pytest.mark.parametrize("seed", range(5))
def test_the_fold_agrees_with_the_writers_own(seed: int) -> None:
    book = random_book(seed, 200)
    for number in range(20):
        request = book.requests.get(request_id(number))
        if request is not None:
            row = shown(book, number)
            same = replace(request.state, last_hash=row.request.state.last_hash)
            assert row.request.state == same


events = st.sampled_from(
    [f"handraise.event.{event.__name__}" for event in Event.__args__]  # pyright: ignore[reportAttributeAccessIssue]
).flatmap(any_word)


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=6))
def test_no_event_that_fits_its_schema_stops_the_fold(happened: list[Event]) -> None:
    book = opened()
    book.happens(ID, *happened)
    assert len(request_columns(shown(book), 0)) == len(REQUEST)
