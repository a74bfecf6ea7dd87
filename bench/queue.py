"""Fills a queue with very many waiting requests, and times the pages and counts that people ask."""

import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any, TextIO

from bench.entries import START, TENANT, Scribe
from event_schemas.types import Priority, State
from kernel.chain import Admitted, Head, admit, genesis
from kernel.postgres import connect
from projections.applier import Applier
from projections.build import COMMIT_ROWS, PATIENT
from projections.database import connected
from projections.fresh import drop_indexes
from projections.inbox.filters import Filters, where
from projections.inbox.queries import InboxQueries, Listing, walk_of
from projections.inbox.sorting import Sort
from projections.inbox.wiring import INBOX
from projections.positions import begin
from projections.view import Slice

PARTITIONS, BATCH = 12, 5_000
PAGE, TURNS = 50, 40


async def fill(dsn: str, waiting: int) -> None:
    """Puts so many waiting requests into the live queue, by fold and COPY as all rows."""
    scribe = Scribe("human.input.log", PARTITIONS)
    heads = {p: genesis(scribe.topic, p, PARTITIONS) for p in range(PARTITIONS)}
    records = scribe.opened(0, waiting)
    async with connected(dsn, INBOX.name, **PATIENT) as connection:
        applier = await Applier.on(connection, INBOX.store(False))
        await begin(connection, heads.items())
        indexes = await drop_indexes(connection, INBOX.name)
        while slices := sliced(heads, islice(records, BATCH)):
            await applier.add(slices)
            if applier.size >= COMMIT_ROWS:
                await applier.commit()
                print(f"  {scribe.told:,} records", end="\r", flush=True)
        await applier.commit()
        for statement in indexes:
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE")


def sliced(heads: dict[int, Head], records: Iterable[tuple[int, bytes]]) -> list[Slice]:
    """The records as admitted behind the heads, which move on."""
    told: dict[int, list[Admitted]] = {}
    for partition, value in records:
        head = heads[partition]
        found = admit(head, value, head.log_offset + 1)
        assert found is not None
        heads[partition] = found.after
        told.setdefault(partition, []).append(found)
    return [
        Slice(p, some[0].before, some, some[-1].after, some[-1].log_offset + 1)
        for p, some in told.items()
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that people ask for."""

    name: str
    filters: Filters
    sort: Sort


ANSWERABLE = (State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS)
WAITING = Filters(open_only=True)
LISTS = (
    Asked("the queue, most urgent first", Filters(states=ANSWERABLE), Sort.PRIORITY),
    Asked("the queue, due first", WAITING, Sort.DUE_FIRST),
    Asked("everything, newest first", Filters(), Sort.NEWEST),
    Asked("a kind, most urgent first", Filters(kinds=("decision",), open_only=True), Sort.PRIORITY),
    Asked("a kind, due first", Filters(kinds=("decision",), open_only=True), Sort.DUE_FIRST),
    Asked("urgent, newest first", Filters(priorities=(Priority.URGENT,)), Sort.NEWEST),
    Asked("a state that none is in", Filters(states=(State.IN_PROGRESS,)), Sort.NEWEST),
    Asked("closed, newest first", Filters(states=(State.COMPLETED,)), Sort.NEWEST),
    Asked("in a person's hands", Filters(assigned_person="person-5"), Sort.NEWEST),
    Asked("mine, most urgent first", replace(WAITING, assigned_person="person-5"), Sort.PRIORITY),
    Asked("in nobody's hands", replace(WAITING, unassigned=True), Sort.PRIORITY),
    Asked(
        "a customer, most urgent first", replace(WAITING, principals=("customer-7",)), Sort.PRIORITY
    ),
    Asked("a workflow", Filters(workflow_id="wf-7"), Sort.NEWEST),
    Asked("an agent", Filters(agent_id="agent-7"), Sort.NEWEST),
    Asked("older than", replace(WAITING, created_before=START + timedelta(minutes=9)), Sort.OLDEST),
    Asked("a facet that a third have", replace(WAITING, facets=(("risk", "high"),)), Sort.PRIORITY),
    Asked("a facet that 1 % have", replace(WAITING, facets=(("lines", "13"),)), Sort.PRIORITY),
    Asked("a facet that none has", replace(WAITING, facets=(("lines", "1300"),)), Sort.PRIORITY),
    Asked("a word that a quarter have", replace(WAITING, text="deploy"), Sort.PRIORITY),
    Asked("a word that one has", replace(WAITING, text="case-7777"), Sort.PRIORITY),
)


async def measure_reads(dsn: str, waiting: int, plans: TextIO) -> dict[str, Any]:
    """Milliseconds of pages and counts, list by list; writes how Postgres goes about them."""
    print(f"  {waiting:,} requests", flush=True)
    began = time.perf_counter()
    await fill(dsn, waiting)
    seconds = time.perf_counter() - began
    figures: dict[str, Any] = {"waiting": waiting, "filled_seconds": round(seconds, 1)}
    plans.write(_HEAD.format(waiting=waiting))
    pool = await connect(dsn, statement_timeout="60s")
    try:
        queries = InboxQueries(pool, cursor_key=b"k" * 32)
        for asked in LISTS:
            pages = await _pages(queries, asked)
            counts = [await _timed(queries.counts(TENANT, asked.filters)) for _ in range(5)]
            figures[asked.name] = {
                "page_p50_ms": _share(pages, 0.5),
                "page_p99_ms": _share(pages, 0.99),
                "counts_p50_ms": _share(counts, 0.5),
            }
            print(f"  {asked.name}: {figures[asked.name]}", flush=True)
            plans.write(await _plan(pool, asked))
    finally:
        await pool.close()
    return figures


async def _pages(queries: InboxQueries, asked: Asked) -> list[float]:
    spent: list[float] = []
    cursor: str | None = None
    for _ in range(TURNS):
        began = time.perf_counter()
        page = await queries.page(TENANT, asked.filters, sort=asked.sort, limit=PAGE, cursor=cursor)
        spent.append(1000 * (time.perf_counter() - began))
        cursor = page.next_cursor
    return spent


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return 1000 * (time.perf_counter() - began)


def _share(spent: list[float], share: float) -> float:
    return round(sorted(spent)[min(len(spent) - 1, int(share * len(spent)))], 1)


async def _plan(pool: Any, asked: Asked) -> str:
    """What Postgres did for the first page, statement by statement."""
    told = [f"\n## {asked.name}\n"]
    condition = where(TENANT, asked.filters)
    listing = Listing(condition, asked.sort, PAGE + 1)
    walks = [walk_of(asked.filters)] if asked.filters.sifts else []
    async with pool.acquire() as connection:
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        for walked in [*walks, None]:
            query = listing.query(walked)
            lines = await connection.fetch(
                f"EXPLAIN (ANALYZE, BUFFERS) {query.text}", *query.values
            )
            title = "whole" if walked is None else f"first, among {walked:,} in the list's order"
            plan = "\n".join(line[0] for line in lines)
            told.append(f"\n{title}:\n\n```\n{plan}\n```\n")
            rows = await connection.fetch(query.text, *query.values)
            if len(rows) > PAGE:
                break
    return "".join(told)


_HEAD = """# How Postgres reads the queue

`EXPLAIN (ANALYZE, BUFFERS)` of the first page of every list that is measured, with {waiting:,}
requests waiting, written by `python -m bench.views --plans`. A list that has to be sifted is first
looked for among the rows that come first in its own order; only if that does not fill the page is
the whole queue asked. `tests/integration/test_projections_plans.py` checks the indexes.
"""
