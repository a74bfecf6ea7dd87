"""Proves that two builds of a view hold the same rows, or shows where they do not."""

from dataclasses import dataclass
from typing import Any

from projections.view import View

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has, and the sum of their hashes, which no order changes."""

    rows: int
    hashes: int


async def digests(connection: Any, view: View) -> dict[str, Digest]:
    """The digest of each table that follows from the log, in the connection's schema."""
    found: dict[str, Digest] = {}
    for table in view.tables:
        row = await connection.fetchrow(
            "SELECT count(*) AS n, coalesce(sum(hashtextextended(t::text, 0)), 0) AS hashes"  # noqa: S608 # names from code
            f" FROM {table} AS t"
        )
        found[table] = Digest(row["n"], int(row["hashes"]))
    return found


async def differences(connection: Any, view: View) -> list[str]:
    """Some of the rows that differ between live and fresh schema, as `table: key`."""
    found: list[str] = []
    for table, key in view.tables.items():
        columns = ", ".join(key)
        rows = await connection.fetch(
            f"SELECT {columns} FROM {view.name}.{table} AS a"  # noqa: S608 # names from code
            f" FULL JOIN {view.fresh}.{table} AS b"
            f" USING ({columns}) WHERE a::text IS DISTINCT FROM b::text LIMIT {SAMPLE}"
        )
        found += [f"{table}: {', '.join(map(str, row))}" for row in rows]
    return found
