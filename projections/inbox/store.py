"""Writes the queue: loads the rows that a piece of the log touches, folds, and upserts them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from projections.inbox.row import Change, InboxRow
from projections.json_text import plain, short
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

Place = tuple[int, str, str, str, str]


class InboxStore:
    """The store of the queue; it announces each change to listeners if it is told to.

    It remembers the policies that it wrote, so it must not outlive its connection.
    """

    def __init__(self, announcing: bool) -> None:
        self._announcing = announcing
        self._policies: dict[str, Policy] = {}

    async def prepare(self, connection: Any) -> None:
        """Makes the staging tables of a new connection."""
        await _requests.prepare(connection)
        await _questions.prepare(connection)

    async def plan(self, connection: Any, slices: Sequence[Slice]) -> "InboxWrites":
        """What the slices come to, given the rows as they are; changes nothing yet.

        Raises:
            Unreadable: an event can't be decoded, or comes before its request was asked for.
        """
        told = [(s.partition, a, a.payload) for s in slices for a in s.admitted]
        entries = [(p, a, e) for p, a, e in told if isinstance(e, Entry) and e.events]
        before = await self._rows(connection, {plain(e.request_id) for _, _, e in entries})
        outcome = Outcome()
        for first in range(0, len(entries), TURN):
            outcome.add(before, entries[first : first + TURN])
            await asyncio.sleep(0)
        new = {i: p for i, p in outcome.policies.items() if i not in self._policies}
        return InboxWrites(before, outcome, new, self._policies, self._announcing)

    async def tidy(self, connection: Any) -> None:
        """Deletes changes that listeners can't ask for any more."""
        await prune(connection)

    async def _rows(self, connection: Any, request_ids: set[str]) -> dict[str, InboxRow]:
        if not request_ids:
            return {}
        records = await connection.fetch(_load, sorted(request_ids))
        await self._learn(connection, {r["policy_id"] for r in records})
        return {r["request_id"]: loaded(r, self._policies[r["policy_id"]]) for r in records}

    async def _learn(self, connection: Any, policy_ids: set[str]) -> None:
        if len(self._policies) > MAX_POLICIES:
            self._policies.clear()
        unknown = sorted(policy_ids - self._policies.keys())
        if unknown:
            found = await connection.fetch(
                "SELECT policy_id, word FROM policy WHERE policy_id = ANY($1)", unknown
            )
            for record in found:
                self._policies[record["policy_id"]] = decode_as(Policy, record["word"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What entries lead to: rows, each with its partition, policies met, a change per entry.

    A policy is kept even if a later entry of the same batch puts another in its place, so that the
    table does not depend on where batches end.
    """

    rows: dict[str, tuple[int, InboxRow]] = field(default_factory=dict[str, tuple[int, InboxRow]])
    policies: dict[str, Policy] = field(default_factory=dict[str, Policy])
    changes: list[Change] = field(default_factory=list[Change])

    def add(
        self, before: dict[str, InboxRow], entries: Iterable[tuple[int, Admitted, Entry]]
    ) -> None:
        """Folds more entries.

        Raises:
            Unreadable: an event can't be decoded, or comes before its request was asked for.
        """
        for partition, admitted, entry in entries:
            request_id = plain(entry.request_id)
            known = self.rows.get(request_id)
            row = fold(before.get(request_id) if known is None else known[1], admitted)
            assert row is not None
            self.rows[request_id] = (partition, row)
            state = row.request.state
            self.policies[state.policy_id] = row.request.policy
            place = (partition, admitted.log_offset)
            self.changes.append(Change(*place, request_id, plain(state.tenant), state.version))


@dataclass(frozen=True, slots=True)
class InboxWrites:
    """The rows before and after, the policies that are new, and whether anybody is told.

    `known` are the policies that the store need not write again.
    """

    before: dict[str, InboxRow]
    outcome: Outcome
    policies: dict[str, Policy]
    known: dict[str, Policy]
    announcing: bool

    async def write(self, connection: Any) -> int:
        """Writes it inside the caller's transaction; gives the number of rows."""
        rows = self.outcome.rows
        if not rows:
            return 0
        await _write_policies(connection, self.policies)
        await _write_rows(connection, rows)
        await _write_tally(connection, moves(self.before, rows))
        if self.announcing:
            await announce(connection, self.outcome.changes)
        self.known.update(self.policies)
        return len(rows)


def moves(before: dict[str, InboxRow], after: dict[str, tuple[int, InboxRow]]) -> dict[Place, int]:
    """By how much each count changes: (partition, tenant, kind, state, priority) to difference."""
    found: Counter[Place] = Counter()
    for request_id, (partition, row) in after.items():
        found[place_of(partition, row)] += 1
        if request_id in before:
            found[place_of(partition, before[request_id])] -= 1
    return {place: n for place, n in found.items() if n}


def place_of(partition: int, row: InboxRow) -> Place:
    """Where a row is counted."""
    state, kind = row.request.state, row.request.policy.kind
    return (
        partition,
        plain(state.tenant),
        short(kind) or "",
        state.state.value,
        state.priority.value,
    )


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


async def _write_tally(connection: Any, differences: dict[Place, int]) -> None:
    if not differences:
        return
    places = sorted(differences)
    partitions, tenants, kinds, states, priorities = map(list, zip(*places, strict=True))
    await connection.execute(
        "INSERT INTO tally (partition, tenant, kind, state, priority, n)"
        " SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::bigint[]) ON CONFLICT (tenant, partition, kind, state, priority)"
        " DO UPDATE SET n = tally.n + excluded.n",
        partitions,
        tenants,
        kinds,
        states,
        priorities,
        [differences[place] for place in places],
    )
    if any(n < 0 for n in differences.values()):
        await connection.execute(
            "DELETE FROM tally WHERE partition = ANY($1) AND n = 0", sorted(set(partitions))
        )
