"""Applies slices of the log to the tables of one schema, each once."""

from collections.abc import Sequence
from typing import Any, Self

from projections.positions import advance, place_of
from projections.view import Slice, Store


class Applier:
    """A store at work over one connection, on the tables that it found there at first."""

    def __init__(self, connection: Any, store: Store, place: int) -> None:
        self._connection = connection
        self._store = store
        self._place = place

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
        writes = await self._store.plan(self._connection, slices)
        async with self._connection.transaction():
            await advance(self._connection, self._place, slices)
            return await writes.write(self._connection)
