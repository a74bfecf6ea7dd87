"""Counts how many requests stand where, so that a count never reads the queue."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from projections.inbox.row import InboxRow
from projections.json_text import plain, short

Place = tuple[int, str, str, str, str]


def moves(
    before: Mapping[str, InboxRow], after: Mapping[str, tuple[int, InboxRow]]
) -> dict[Place, int]:
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


async def write_tally(connection: Any, differences: Mapping[Place, int]) -> None:
    """Changes the counts by these differences; counts of nothing are removed."""
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
