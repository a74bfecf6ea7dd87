"""Writes the timeline: rows are only ever added, each once, since the position moves with them."""

import asyncio
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from event_schemas.types import Entry
from projections.history.fold import HistoryRow, fold
from projections.json_text import plain
from projections.view import Slice

COLUMNS = tuple(field.name for field in fields(HistoryRow))
TURN = 500
_values = attrgetter(*COLUMNS)


class HistoryStore:
    """The store of the timeline."""

    async def prepare(self, connection: Any) -> None:
        """Nothing is needed: COPY goes straight into the table."""

    async def tidy(self, connection: Any) -> None:
        """Nothing is ever removed."""

    def writes(self) -> "HistoryWrites":
        """Writes that nothing was added to yet."""
        return HistoryWrites()


class HistoryWrites:
    """The rows to be added, and the versions of their requests behind them."""

    def __init__(self) -> None:
        self._rows: list[HistoryRow] = []
        self._versions: dict[str, int] = {}

    @property
    def size(self) -> int:
        """How many rows are to be written."""
        return len(self._rows)

    async def add(self, connection: Any, slices: Sequence[Slice]) -> None:
        """Folds slices that follow on those added before; changes no table yet.

        Raises:
            Unreadable: an event can't be decoded.
        """
        told = [(s.partition, a, a.payload) for s in slices for a in s.admitted]
        entries = [(p, a, plain(e.request_id)) for p, a, e in told if isinstance(e, Entry)]
        versions = self._versions
        versions |= await _versions(connection, {i for _, _, i in entries} - versions.keys())
        for number, (partition, admitted, request_id) in enumerate(entries):
            if number % TURN == 0:
                await asyncio.sleep(0)
            made = fold(versions.get(request_id, 0), partition, admitted)
            if made:
                versions[request_id] = made[-1].version
                self._rows += made

    async def write(self, connection: Any) -> int:
        """Writes it inside the caller's transaction; gives the number of rows."""
        if self._rows:
            values = map(_values, self._rows)
            await connection.copy_records_to_table("event", records=values, columns=COLUMNS)
        return len(self._rows)


async def _versions(connection: Any, request_ids: set[str]) -> dict[str, int]:
    # Commands that could not be read belong to no request; their refusals are never counted.
    records = await connection.fetch(
        "SELECT request_id, max(version) AS version FROM event"
        " WHERE request_id = ANY($1) GROUP BY request_id",
        sorted(request_ids - {""}),
    )
    return {record["request_id"]: record["version"] for record in records}
