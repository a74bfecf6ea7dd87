"""Which indexes Postgres reads the queue by, with fifty thousand requests in it."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from event_schemas.types import Priority, State
from kernel.postgres import connect
from projections.inbox.filters import Filters, where
from projections.inbox.load import held_by
from projections.inbox.queries import InboxQueries, Listing, count_query, walk_of
from projections.inbox.sorting import Sort
from projections.inbox.wiring import INBOX
from tests.unit.projections.workbench import prepared

ROWS = 50_000
START = datetime(2026, 3, 2, tzinfo=UTC)
OPEN = Filters(open_only=True)

# One in fifty is closed; risk has three values, line 7 stands in one of a thousand.
_FILL = """
INSERT INTO inbox.request (
    request_id, tenant, partition, log_offset, version, revision, kind, state, open, priority, rank,
    principal_id, workflow_id, agent_id, requester_id, assigned_person, assigned_team, title,
    facets, view, votes, votes_needed, stage, revisions_used, max_revisions, escalation_level,
    content_hash, created_at, updated_at, started_at, timeout_at, policy_id, word)
SELECT md5(n::text), 'demo', 0, n, 1, 1, 'kind-' || n % 7,
    CASE WHEN n % 50 = 0 THEN 'completed' WHEN n % 500 = 1 THEN 'assigned'
        WHEN n % 500 = 2 THEN 'in_progress' WHEN n % 500 = 3 THEN 'revising' ELSE 'notified' END,
    n % 50 <> 0, (ARRAY['urgent', 'high', 'medium', 'low'])[n % 4 + 1], n % 4,
    'customer-' || n % 500, 'wf-' || n % 5000, 'agent-' || n % 200,
    'asker-' || n % 200, CASE WHEN n % 500 IN (1, 2) THEN 'person-' || n % 100 END,
    CASE WHEN n % 500 = 5 THEN 'team-' || n % 10 END, 'Title ' || n,
    json_build_object('risk', n % 3, 'line', n % 1000)::jsonb, 'json', '[]', 1, 0,
    CASE WHEN n % 500 = 3 THEN 1 ELSE 0 END, 1, 0, 'hash',
    $1::timestamptz + n * interval '1 second', $1,
    CASE WHEN n % 500 = 2 THEN $1::timestamptz END,
    $1::timestamptz + n::bigint * 7919 % 90000 * interval '1 second', 'p', ''
FROM generate_series(1, $2::int) AS n
"""
_ASK = """
INSERT INTO inbox.question (request_id, tenant, revision, context, attachments, decisions, routing,
    metadata, search, facets)
SELECT request_id, tenant, 1, '{}', '[]', '[]', '{}', '{}',
    lower(title) || ' concerns ' || md5(request_id), facets
FROM inbox.request
"""

_TALLY = """
INSERT INTO inbox.tally
SELECT 0, tenant, kind, state, priority, count(*) FROM inbox.request GROUP BY 2, 3, 4, 5
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(module_database: str) -> AsyncIterator[Any]:
    await prepared(module_database, INBOX)
    made = await connect(module_database, statement_timeout="60s")
    await made.execute(_FILL, START, ROWS)
    await made.execute(_ASK)
    await made.execute(_TALLY)
    await made.execute("VACUUM ANALYZE inbox.request")
    await made.execute("VACUUM ANALYZE inbox.question")
    yield made
    await made.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def plan(pool: Any, text: str, values: Any) -> list[dict[str, Any]]:
    """The nodes of the plan for these values."""
    async with pool.acquire() as connection:
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {text}", *values)
    whole = json.loads(found) if isinstance(found, str) else found
    return list(nodes(whole[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from nodes(below)


def indexes(plan_nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Index Name"] for node in plan_nodes if "Index Name" in node}


def scans(plan_nodes: list[dict[str, Any]]) -> bool:
    return any(node["Node Type"] == "Seq Scan" for node in plan_nodes)


@pytest.mark.parametrize(
    ("filters", "sort", "index"),
    [
        (OPEN, Sort.PRIORITY, "request_open_by_rank"),
        (OPEN, Sort.LEAST_URGENT, "request_open_by_rank"),
        (OPEN, Sort.DUE_FIRST, "request_open_by_deadline"),
        (OPEN, Sort.DUE_LAST, "request_open_by_deadline"),
        (OPEN, Sort.OLDEST, "request_open_by_age"),
        (Filters(), Sort.NEWEST, "request_by_age"),
        (Filters(states=(State.NOTIFIED, State.PENDING)), Sort.PRIORITY, "request_open_by_rank"),
        (replace(OPEN, unassigned=True), Sort.PRIORITY, "request_open_by_rank"),
        (replace(OPEN, kinds=("kind-3",)), Sort.OLDEST, "request_open_by_kind"),
        (replace(OPEN, priorities=(Priority.URGENT,)), Sort.OLDEST, "request_open_by_rank"),
        (Filters(states=(State.ASSIGNED,)), Sort.NEWEST, "request_held_by_age"),
        (Filters(states=(State.IN_PROGRESS,)), Sort.NEWEST, "request_begun_by_age"),
        (Filters(states=(State.REVISING,)), Sort.NEWEST, "request_sent_back_by_age"),
        (Filters(states=(State.COMPLETED,)), Sort.NEWEST, "request_closed_by_age"),
        (Filters(principals=("customer-7",)), Sort.NEWEST, "request_by_principal"),
        (Filters(workflow_id="wf-7"), Sort.NEWEST, "request_by_workflow"),
        (Filters(requester_id="asker-7"), Sort.NEWEST, "request_by_requester"),
        (Filters(agent_id="agent-7"), Sort.NEWEST, "request_by_agent"),
        (Filters(assigned_person="person-1"), Sort.NEWEST, "request_by_person"),
        (Filters(assigned_team="team-5"), Sort.NEWEST, "request_by_team"),
        (Filters(assigned_teams=("team-5", "team-3")), Sort.NEWEST, "request_by_team"),
        # One in a hundred is met soon on the way through the order.
        (Filters(asker="asker-7"), Sort.NEWEST, "request_by_age"),
        (replace(OPEN, facets=(("line", "7"),)), Sort.PRIORITY, "request_open_by_facet"),
        (Filters(facets=(("line", "7"),)), Sort.NEWEST, "question_by_facet"),
        (replace(OPEN, text="title 7777"), Sort.PRIORITY, "question_by_words"),
        (
            replace(OPEN, created_before=START + timedelta(minutes=5)),
            Sort.OLDEST,
            "request_open_by_age",
        ),
    ],
)
async def test_each_list_has_its_index_and_no_table_is_read_through(
    pool: Any, filters: Filters, sort: Sort, index: str
) -> None:
    query = Listing(where("demo", filters), sort, 51).query()
    found = await plan(pool, query.text, query.values)
    assert index in indexes(found)
    assert not scans(found)


async def test_a_rare_word_is_looked_up_whatever_rows_were_sampled(pool: Any) -> None:
    query = Listing(where("demo", replace(OPEN, text="title 7777")), Sort.PRIORITY, 51).query()
    for _ in range(12):
        await pool.execute("ANALYZE inbox.question (search)")
        assert "question_by_words" in indexes(await plan(pool, query.text, query.values))


class Recorder:
    """Stands where a pool does and keeps what it was asked."""

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        self.asked = (query, values)
        return []


async def test_what_people_hold_is_read_from_the_index_of_what_is_held(pool: Any) -> None:
    recorder = Recorder()
    await held_by(recorder, "demo", now=START, due_by=START)
    found = await plan(pool, *recorder.asked)
    assert indexes(found) == {"request_held_by_age"}
    assert not scans(found)


@pytest.mark.parametrize(
    "filters",
    [
        replace(OPEN, facets=(("risk", "1"),)),
        replace(OPEN, text="concerns"),
        replace(OPEN, unassigned=True),
        replace(OPEN, kinds=("kind-3", "kind-4")),
        Filters(states=(State.NOTIFIED, State.PENDING)),
    ],
)
@pytest.mark.parametrize(
    ("sort", "index"),
    [(Sort.PRIORITY, "request_open_by_rank"), (Sort.DUE_FIRST, "request_open_by_deadline")],
)
async def test_what_many_have_is_met_on_the_way_through_the_order(
    pool: Any, filters: Filters, sort: Sort, index: str
) -> None:
    """No index on what is looked for, no sort of what was found: the page ends the walk."""
    assert filters.sifts
    query = Listing(where("demo", filters), sort, 51).query(walk_of(filters))
    found = await plan(pool, query.text, query.values)
    assert indexes(found) <= {index, "question_pkey"}
    assert index in indexes(found)
    assert not {"Sort", "Hash Join", "Seq Scan"} & {node["Node Type"] for node in found}
    probes = [node for node in found if node.get("Parent Relationship") == "SubPlan"]
    assert bool(probes) == bool(filters.text)


async def test_counts_are_bounded_by_the_cap_and_not_by_the_queue(pool: Any) -> None:
    for filters in (replace(OPEN, unassigned=True), replace(OPEN, facets=(("risk", "1"),))):
        query = count_query(where("demo", filters), walk_of(filters))
        found = await plan(pool, query.text, query.values)
        assert sum(node["Node Type"] == "Limit" for node in found) == 2
        assert not scans(found)


@pytest.mark.parametrize(
    "filters",
    [
        replace(OPEN, facets=(("risk", "1"),)),
        replace(OPEN, facets=(("line", "7"),)),
        Filters(facets=(("line", "7"),)),
        replace(OPEN, text="concerns"),
        replace(OPEN, text="title 777"),
        replace(OPEN, text="title 49999"),
        replace(OPEN, unassigned=True),
        Filters(states=(State.IN_PROGRESS,)),
        Filters(states=(State.COMPLETED,), kinds=("kind-3",)),
    ],
)
@pytest.mark.parametrize("sort", [Sort.PRIORITY, Sort.NEWEST])
async def test_a_page_is_the_same_whether_it_was_walked_to_or_looked_up(
    pool: Any, filters: Filters, sort: Sort
) -> None:
    queries = InboxQueries(pool, cursor_key=b"k" * 32)
    query = Listing(where("demo", filters), sort, 120).query()
    expected = [record["request_id"] for record in await pool.fetch(query.text, *query.values)]
    walked: list[str] = []
    cursor: str | None = None
    while len(walked) < len(expected):
        page = await queries.page("demo", filters, sort=sort, limit=50, cursor=cursor)
        walked += [line.id for line in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert walked[: len(expected)] == expected
