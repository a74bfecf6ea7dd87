"""Where a view stands in each partition of the log: kept beside its rows, moved with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.chain import Head
from kernel.errors import HandraiseError
from projections.view import Slice

_columns = "next_command_offset, hash, at, last_command_id, log_offset"


class Overtaken(HandraiseError):
    """Another copy has applied this part of the log already."""

    retriable = True


@dataclass(frozen=True, slots=True)
class Position:
    """A head and the log offset up to which its partition was read."""

    head: Head
    read_to: int


async def positions(connection: Any, *, lock: str = "") -> dict[int, Position]:
    """The position of every partition that the view has ever read.

    `lock` is a locking clause, such as FOR SHARE.
    """
    rows = await connection.fetch(
        f"SELECT partition, read_to, {_columns} FROM position {lock}"  # noqa: S608 # fixed names
    )
    return {row["partition"]: Position(Head(*row[2:]), row["read_to"]) for row in rows}


async def begin(connection: Any, heads: Iterable[tuple[int, Head]]) -> None:
    """Gives partitions that the view has never read their first position."""
    await connection.executemany(
        f"INSERT INTO position (partition, read_to, {_columns})"  # noqa: S608 # fixed names
        " VALUES ($1, 0, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        [
            (p, h.next_command_offset, h.hash, h.at, h.last_command_id, h.log_offset)
            for p, h in heads
        ],
    )


async def place_of(connection: Any) -> int:
    """Which tables the connection's names mean now: others after a rebuild took their place."""
    return await connection.fetchval("SELECT 'position'::regclass::oid")


async def advance(connection: Any, place: int, slices: Sequence[Slice]) -> None:
    """Moves the positions from the slices' beginnings to their ends, all or none.

    Raises:
        Overtaken: a partition does not stand where its slice begins, or these are other tables.
    """
    heads = [s.after for s in slices]
    moved = await connection.fetch(
        "UPDATE position AS p SET next_command_offset = n.next_command_offset, hash = n.hash,"
        " at = n.at, last_command_id = n.last_command_id, log_offset = n.log_offset,"
        " read_to = greatest(p.read_to, n.read_to)"
        " FROM unnest($1::int[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[],"
        " $6::timestamptz[], $7::text[], $8::bigint[], $9::bigint[])"
        " AS n(partition, from_offset, from_hash, next_command_offset, hash, at,"
        " last_command_id, log_offset, read_to)"
        " WHERE p.partition = n.partition AND p.log_offset = n.from_offset"
        " AND p.hash = n.from_hash AND p.tableoid = $10 RETURNING p.partition",
        [s.partition for s in slices],
        [s.before.log_offset for s in slices],
        [s.before.hash for s in slices],
        [h.next_command_offset for h in heads],
        [h.hash for h in heads],
        [h.at for h in heads],
        [h.last_command_id for h in heads],
        [h.log_offset for h in heads],
        [s.read_to for s in slices],
        place,
    )
    if len(moved) != len(slices):
        missed = {s.partition for s in slices} - {row["partition"] for row in moved}
        raise Overtaken(f"partitions {sorted(missed)} stand elsewhere by now")
