"""Writes the queue: loads the rows that a piece of the log touches, folds, and upserts them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from event_schemas.types import Entry, Policy
from kernel.chain import Admitted
from kernel.codec import decode_as, encode
from projections.inbox.changes import announce, prune
from projections.inbox.columns import (
    FOLDED,
    QUESTION,
    REQUEST,
    loaded,
    question_columns,
    request_columns,
)
from projections.inbox.fold import fold
from projections.inbox.memory import Memory
from projections.inbox.row import Change, InboxRow
from projections.inbox.tally import moves, write_tally
from projections.json_text import plain
from projections.staging import Staged
from projections.view import Slice

MAX_POLICIES = 5000
TURN = 500

_requests = Staged(table="request", columns=REQUEST, key="request_id")
_questions = Staged(table="question", columns=QUESTION, key="request_id", kept=("routing",))
_load = (
    f"SELECT r.request_id, r.policy_id, r.word, {', '.join('r.' + c for c in FOLDED)}"  # noqa: S608 # names from code
    " FROM request AS r WHERE r.request_id = ANY($1)"
)


class InboxStore:
    """The store of the queue; it announces each change to listeners if it is told to.

    It remembers the rows and policies that it wrote, so it must not outlive its connection.
    """

    def __init__(self, announcing: bool) -> None:
        self.announcing = announcing
        self.policies: dict[str, Policy] = {}
        self.memory = Memory()

    async def prepare(self, connection: Any) -> None:
        """Makes the staging tables of a new connection."""
        await _requests.prepare(connection)
        await _questions.prepare(connection)

    def writes(self) -> "InboxWrites":
        """Writes that nothing was added to yet."""
        return InboxWrites(self)

    async def tidy(self, connection: Any) -> None:
        """Deletes changes that listeners can't ask for any more."""
        await prune(connection)

    async def rows(self, connection: Any, request_ids: Iterable[str]) -> dict[str, InboxRow]:
        """Those rows of these requests that there are, as they stand in the table."""
        found: dict[str, InboxRow] = {}
        unknown: list[str] = []
        for request_id in request_ids:
            row = self.memory.row(request_id)
            if row is None:
                unknown.append(request_id)
            else:
                found[request_id] = row
        if unknown:
            records = await connection.fetch(_load, sorted(unknown))
            await self._learn(connection, {r["policy_id"] for r in records})
            found |= {r["request_id"]: loaded(r, self.policies[r["policy_id"]]) for r in records}
        return found

    async def _learn(self, connection: Any, policy_ids: set[str]) -> None:
        if len(self.policies) > MAX_POLICIES:
            self.policies.clear()
        unknown = sorted(policy_ids - self.policies.keys())
        if unknown:
            found = await connection.fetch(
                "SELECT policy_id, word FROM policy WHERE policy_id = ANY($1)", unknown
            )
            for record in found:
                self.policies[record["policy_id"]] = decode_as(Policy, record["word"])


class InboxWrites:
    """What slices lead to: rows before and after, policies met, and a change per entry.

    A policy is kept even if a later entry of the same batch puts another in its place, so that the
    table does not depend on where batches end.
    """

    def __init__(self, store: InboxStore) -> None:
        self._store = store
        self._before: dict[str, InboxRow] = {}
        self._after: dict[str, tuple[int, InboxRow]] = {}
        self._policies: dict[str, Policy] = {}
        self._changes: list[Change] = []
        self._heads: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """How many rows are to be written."""
        return len(self._after)

    async def add(self, connection: Any, slices: Sequence[Slice]) -> None:
        """Folds slices that follow on those added before; changes no table yet.

        Raises:
            Unreadable: an event can't be decoded, or comes before its request was asked for.
        """
        self._store.memory.recall(s for s in slices if s.partition not in self._heads)
        told = [(s.partition, a, a.payload) for s in slices for a in s.admitted]
        entries = [(p, a, e) for p, a, e in told if isinstance(e, Entry) and e.events]
        new = {plain(e.request_id) for _, _, e in entries} - self._after.keys()
        self._before |= await self._store.rows(connection, new)
        for number, (partition, admitted, entry) in enumerate(entries):
            if number % TURN == 0:
                await asyncio.sleep(0)
            self._fold(partition, admitted, entry)
        self._heads |= {s.partition: s.after.hash for s in slices}

    def _fold(self, partition: int, admitted: Admitted, entry: Entry) -> None:
        request_id = plain(entry.request_id)
        known = self._after.get(request_id)
        row = fold(self._before.get(request_id) if known is None else known[1], admitted)
        assert row is not None
        self._after[request_id] = (partition, row)
        state = row.request.state
        self._policies[state.policy_id] = row.request.policy
        if self._store.announcing:
            place = (partition, admitted.log_offset)
            self._changes.append(Change(*place, request_id, plain(state.tenant), state.version))

    async def write(self, connection: Any) -> int:
        """Writes it inside the caller's transaction; gives the number of rows."""
        if self._after:
            known = self._store.policies
            new = {i: p for i, p in self._policies.items() if i not in known}
            await _write_policies(connection, new)
            await _write_rows(connection, self._after)
            await write_tally(connection, moves(self._before, self._after))
            if self._store.announcing:
                await announce(connection, self._changes)
            known.update(new)
        written = {i: (p, _without_question(row)) for i, (p, row) in self._after.items()}
        self._store.memory.keep(written, self._heads)
        return len(self._after)


def _without_question(row: InboxRow) -> InboxRow:
    return row if row.question is None else replace(row, question=None)


async def _write_policies(connection: Any, policies: dict[str, Policy]) -> None:
    if policies:
        await connection.execute(
            "INSERT INTO policy SELECT * FROM unnest($1::text[], $2::bytea[])"
            " ON CONFLICT DO NOTHING",
            sorted(policies),
            [encode(policies[policy_id]) for policy_id in sorted(policies)],
        )


async def _write_rows(connection: Any, after: dict[str, tuple[int, InboxRow]]) -> None:
    rows = after.values()
    await _requests.write(connection, [request_columns(row, p) for p, row in rows])
    asked = [question_columns(row, row.question) for _, row in rows if row.question is not None]
    if asked:
        await _questions.write(connection, asked)
