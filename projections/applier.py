"""Applies slices of the log to the tables of one schema, each once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

from projections.positions import advance, place_of
from projections.view import Slice, Store


class Applier:
    """A store at work over one connection, on the tables that it found there at first."""

    def __init__(self, connection: Any, store: Store, place: int) -> None:
        self._connection = connection
        self._store = store
        self._place = place
        self._writes = store.writes()
        self._added: dict[int, Slice] = {}

    @classmethod
    async def on(cls, connection: Any, store: Store) -> Self:
        """An applier over a connection that was just opened."""
        place = await place_of(connection)
        await store.prepare(connection)
        return cls(connection, store, place)

    async def apply(self, slices: Sequence[Slice]) -> int:
        """Writes the slices and moves the positions in one transaction; gives the rows written.

        Rows are read and folded beforehand, so that no lock is held meanwhile. If another copy
        changes them before the transaction begins, it moves the position too, and nothing is
        written. The position moves first: a second copy waits there, then finds itself overtaken.

        Raises:
            Overtaken: nothing was written.
        """
        await self.add(slices)
        return await self.commit()

    @property
    def size(self) -> int:
        """How many rows wait to be written."""
        return self._writes.size

    async def add(self, slices: Sequence[Slice]) -> None:
        """Folds slices that are to be written later, all at once."""
        await self._writes.add(self._connection, slices)
        for piece in slices:
            before = self._added.get(piece.partition, piece).before
            self._added[piece.partition] = replace(piece, before=before, admitted=())

    async def commit(self) -> int:
        """Writes what was added, as `apply` does."""
        writes, added = self._writes, [self._added[p] for p in sorted(self._added)]
        self._writes, self._added = self._store.writes(), {}
        async with self._connection.transaction():
            await advance(self._connection, self._place, added)
            return await writes.write(self._connection)
