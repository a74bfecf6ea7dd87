"""What the front door reads of the views, on a real database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from event_schemas.types import (
    Assign,
    Assignee,
    Cancel,
    Claim,
    Priority,
    State,
)
from kernel.errors import Invalid
from kernel.postgres import connect
from kernel.request.status import status_of
from kernel.topics import partition_for
from projections.history.queries import HistoryQueries
from projections.history.wiring import HISTORY
from projections.inbox.changes import changes_after
from projections.inbox.filters import Filters
from projections.inbox.queries import InboxQueries
from projections.inbox.sorting import Sort
from projections.inbox.wiring import INBOX
from tests.unit.projections.book import START, Book, question, random_book, request_id, rules
from tests.unit.projections.workbench import bench, prepared
from tests.unit.request import samples
from tests.unit.request.samples import ANN, BOT, LEA

STRANGER = samples.agent("bot", tenant="elsewhere")
KEY = b"k" * 32


def a_queue() -> Book:
    """Nine requests of one tenant, of which two are closed, and one of another tenant."""
    book = Book()
    context = '{"risk":{"level":"%s"},"lines":%d,"hot":%s}'
    for n in range(9):
        asked = question(
            title=f"Question number {n}",
            description="50%_off" if n == 4 else None,
            priority=list(Priority)[n % 4],
            principal_id=f"customer-{n % 2}",
            workflow_id=f"wf-{n // 3}",
            timeout_seconds=None if n == 5 else 9000 - 600 * n,
            rules=rules(kind="script" if n in (2, 3) else "approval"),
            context=context % ("high" if n < 3 else "low", n, "true" if n else "false"),
            callback=None,
        )
        book.tell(request_id(n), BOT, replace(asked, kind=asked.policy.kind), after=60)
    book.tell(request_id(90), STRANGER, question(title="Question of strangers"))
    book.tell(request_id(7), ANN, samples.answer("approve"))
    book.tell(request_id(8), BOT, Cancel())
    book.tell(request_id(0), ANN, Claim())
    book.tell(request_id(1), LEA, Assign(assignee=Assignee(team="blue")))
    return book


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(module_database: str) -> AsyncIterator[Any]:
    await prepared(module_database, INBOX, HISTORY)
    book = a_queue()
    for view in (INBOX, HISTORY):
        async with bench(module_database, view) as live:
            await live.begin(book)
            await live.apply(book.whole())
    made = await connect(module_database)
    yield made
    await made.close()


@pytest.fixture(scope="module")
def inbox(pool: Any) -> InboxQueries:
    return InboxQueries(pool, cursor_key=KEY)


@pytest.fixture(scope="module")
def history(pool: Any) -> HistoryQueries:
    return HistoryQueries(pool)


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def numbers(
    inbox: InboxQueries, filters: Filters, sort: Sort = Sort.OLDEST, limit: int = 50
) -> list[int]:
    page = await inbox.page("demo", filters, sort=sort, limit=limit)
    return [int(item.title.split()[-1]) for item in page.items]


async def test_a_request_is_shown_in_full(inbox: InboxQueries) -> None:
    found = await inbox.one("demo", request_id(7))
    assert found is not None
    assert found.line.state is State.COMPLETED
    assert found.line.response is not None
    assert found.line.response["decision"] == "approve"
    assert found.line.responded_by == "ann"
    assert found.context == {"risk": {"level": "low"}, "lines": 7, "hot": True}
    assert found.decisions[0]["name"] == "approve"
    assert found.metadata == {"workflow_id": "w1"}
    assert found.line.revisions_left == 2
    assert await inbox.version_of("demo", request_id(7)) == found.line.version == 3
    policy = await inbox.policy_of("demo", request_id(7))
    assert policy is not None
    assert policy.max_revisions == 2


async def test_another_tenants_request_is_not_there(
    inbox: InboxQueries, history: HistoryQueries
) -> None:
    theirs = request_id(90)
    assert await inbox.one("demo", theirs) is None
    assert await inbox.version_of("demo", theirs) is None
    assert await inbox.policy_of("demo", theirs) is None
    assert await history.history_of("demo", theirs) is None
    assert await history.status_as_of("demo", theirs, START + timedelta(days=1)) is None
    for sort in Sort:
        page = await inbox.page("elsewhere", Filters(), sort=sort, limit=50)
        assert [item.id for item in page.items] == [theirs]
    assert (await inbox.counts("elsewhere", Filters())).total == 1


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (Filters(open_only=True), [0, 1, 2, 3, 4, 5, 6]),
        (Filters(states=(State.COMPLETED,)), [7, 8]),
        (Filters(states=(State.ASSIGNED,)), [0, 1]),
        (Filters(kinds=("script",)), [2, 3]),
        (Filters(kinds=("script", "none")), [2, 3]),
        (Filters(kinds=("approval", "script"), open_only=True), [0, 1, 2, 3, 4, 5, 6]),
        (Filters(principals=("customer-1",)), [1, 3, 5, 7]),
        (Filters(priorities=(Priority.LOW,)), [0, 4, 8]),
        (Filters(assigned_person="ann"), [0]),
        (Filters(assigned_team="blue"), [1]),
        (Filters(unassigned=True, open_only=True), [2, 3, 4, 5, 6]),
        (Filters(requester_id="bot"), [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (Filters(requester_id="nobody"), []),
        (Filters(workflow_id="wf-1"), [3, 4, 5]),
        (Filters(agent_id="bot", workflow_id="wf-0"), [0, 1, 2]),
        (Filters(created_before=START + timedelta(minutes=3)), [0, 1]),
        (Filters(created_after=START + timedelta(minutes=8)), [8]),
        (Filters(facets=(("risk", "high"),)), [0, 1, 2]),
        (Filters(facets=(("lines", "4"),)), [4]),
        (Filters(facets=(("hot", "false"),)), [0]),
        (Filters(facets=(("risk", "high"), ("hot", "true"))), [1, 2]),
        (Filters(facets=(("risk", "\x00"),)), []),
        (Filters(facets=(("lines", "9" * 400),)), []),
        (Filters(text="QUESTION number"), [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (Filters(text="customer-1 wf-1"), [3, 5]),
        (Filters(text="0%_o"), [4]),
        (Filters(text="0%%o"), []),
        (Filters(text="strangers"), []),
        (Filters(text="a\x00b"), []),
        (Filters(principals=("a\x00b",)), []),
    ],
)
async def test_filters_leave_what_they_say(
    inbox: InboxQueries, filters: Filters, expected: list[int]
) -> None:
    assert await numbers(inbox, filters) == expected
    assert (await inbox.counts("demo", filters)).total == len(expected)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.OLDEST, [0, 1, 2, 3, 4, 5, 6]),
        (Sort.NEWEST, [6, 5, 4, 3, 2, 1, 0]),
        (Sort.DUE_FIRST, [6, 4, 3, 2, 1, 0, 5]),
        (Sort.DUE_LAST, [5, 0, 1, 2, 3, 4, 6]),
        (Sort.PRIORITY, [3, 2, 6, 1, 5, 0, 4]),
        (Sort.LEAST_URGENT, [4, 0, 5, 1, 6, 2, 3]),
    ],
)
async def test_orders_are_total_and_pages_join_up(
    inbox: InboxQueries, sort: Sort, expected: list[int]
) -> None:
    filters = Filters(open_only=True)
    assert await numbers(inbox, filters, sort) == expected
    for limit in (1, 2, 3, 7):
        walked: list[int] = []
        cursor: str | None = None
        while True:
            page = await inbox.page("demo", filters, sort=sort, limit=limit, cursor=cursor)
            walked += [int(item.title.split()[-1]) for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert walked == expected


async def test_a_cursor_of_another_list_is_refused(inbox: InboxQueries) -> None:
    page = await inbox.page("demo", Filters(), sort=Sort.OLDEST, limit=2)
    for tenant, filters, sort in (
        ("elsewhere", Filters(), Sort.OLDEST),
        ("demo", Filters(open_only=True), Sort.OLDEST),
        ("demo", Filters(), Sort.NEWEST),
    ):
        with pytest.raises(Invalid):
            await inbox.page(tenant, filters, sort=sort, limit=2, cursor=page.next_cursor)


async def test_counts_tell_how_many_wait(inbox: InboxQueries) -> None:
    counts = await inbox.counts("demo", Filters())
    assert (counts.total, counts.open, counts.capped) == (9, 7, False)
    assert counts.by_state == {State.COMPLETED: 2, State.PENDING: 5, State.ASSIGNED: 2}
    assert counts.by_kind == {"approval": 7, "script": 2}
    narrowed = await inbox.counts("demo", Filters(open_only=True, requester_id="bot"))
    assert narrowed.total == narrowed.open == 7
    assert narrowed.by_priority == {
        Priority.LOW: 2,
        Priority.MEDIUM: 2,
        Priority.HIGH: 2,
        Priority.URGENT: 1,
    }


async def test_a_facets_values_are_counted(inbox: InboxQueries) -> None:
    assert await inbox.facet_counts("demo", "approval", "risk") == {"low": 3, "high": 2}
    assert await inbox.facet_counts("demo", "approval", "colour") == {}


async def test_positions_tell_how_far_the_view_has_read(inbox: InboxQueries) -> None:
    book = a_queue()
    assert await inbox.positions() == {p: len(v) for p, v in book.values.items() if v} | {
        p: 0 for p, v in book.values.items() if not v
    }


async def test_changes_can_be_read_again_from_any_place(pool: Any) -> None:
    book = a_queue()
    partition = partition_for(request_id(7), book.partitions)
    end = len(book.values[partition])
    async with pool.acquire() as connection:
        some = await changes_after(connection, {partition: end - 3})
        assert [change.log_offset for change in some] == [end - 2, end - 1]
        every = await changes_after(connection, dict.fromkeys(range(book.partitions), -1))
    assert len(every) == book.records
    assert [c.version for c in every if c.request_id == request_id(7)] == [1, 3]


async def test_a_story_is_told_in_order(history: HistoryQueries) -> None:
    told = await history.history_of("demo", request_id(7))
    assert told is not None
    assert [(h.event, h.version) for h in told] == [
        ("Requested", 1),
        ("Received", 2),
        ("Completed", 3),
    ]
    assert told[1].actor is not None
    assert told[1].actor["id"] == "ann"
    assert told[1].request_previous == told[0].entry_hash


async def test_a_stranger_who_tried_learns_nothing(database: str) -> None:
    await prepared(database, HISTORY)
    book = Book()
    book.tell(request_id(1), BOT, question())
    book.tell(request_id(1), samples.person("eve", "lead", tenant="elsewhere"), Claim())
    async with bench(database, HISTORY) as live:
        await live.begin(book)
        await live.apply(book.whole())
    pool = await connect(database)
    try:
        history = HistoryQueries(pool)
        assert await history.history_of("elsewhere", request_id(1)) is None
        mine = await history.history_of("demo", request_id(1))
        assert mine is not None
        assert [h.event for h in mine] == ["Requested"]
    finally:
        await pool.close()


async def test_the_past_is_what_the_log_said_then(database: str) -> None:
    await prepared(database, HISTORY)
    book = random_book(12, 60)
    then, so_far = book.now, dict(book.requests)
    waiting = sum(r is not None and r.state.closing is None for r in so_far.values())
    for number in range(5):
        book.tell(request_id(number), BOT, Cancel(), after=60)
    async with bench(database, HISTORY) as live:
        await live.begin(book)
        await live.apply(book.whole())
    pool = await connect(database)
    try:
        history = HistoryQueries(pool)
        for of_request, request in so_far.items():
            status = await history.status_as_of("demo", of_request, then)
            assert status == (None if request is None else status_of(request))
        assert await history.open_as_of("demo", then) == waiting
        assert await history.open_as_of("demo", book.now) < waiting
        assert await history.open_as_of("demo", START) == 0
        assert await history.status_as_of("demo", request_id(0), START) is None
    finally:
        await pool.close()
