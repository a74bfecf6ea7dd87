"""Writes many rows at once: COPY into a temporary table, then one set-based upsert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A table that is written through a temporary table of the same shape.

    `kept` names columns whose old value stands where the new one is null.
    """

    table: str
    columns: Sequence[str]
    key: str
    kept: Sequence[str] = ()

    @property
    def stage(self) -> str:
        """The temporary table's name."""
        return f"stage_{self.table}"

    async def prepare(self, connection: Any) -> None:
        """Makes the temporary table; it is empty again after each transaction."""
        await connection.execute(
            f"CREATE TEMP TABLE {self.stage} (LIKE {self.table}) ON COMMIT DELETE ROWS"
        )

    async def write(self, connection: Any, rows: Iterable[tuple[Any, ...]]) -> None:
        """Inserts or replaces the rows, which are different ones."""
        await connection.copy_records_to_table(self.stage, records=rows, columns=self.columns)
        await connection.execute(self._upsert())

    def _upsert(self) -> str:
        columns = ", ".join(self.columns)
        changes = ", ".join(
            f"{c} = coalesce(excluded.{c}, {self.table}.{c})"
            if c in self.kept
            else f"{c} = excluded.{c}"
            for c in self.columns
            if c != self.key
        )
        return (
            f"INSERT INTO {self.table} ({columns}) SELECT {columns} FROM {self.stage}"  # noqa: S608 # names from code
            f" ON CONFLICT ({self.key}) DO UPDATE SET {changes}"
        )
