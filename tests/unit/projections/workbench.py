"""Applies pieces of a book to a view in a real database, without a broker."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from kernel.chain import genesis
from kernel.postgres import connect, migrate
from projections.applier import Applier
from projections.database import connected
from projections.fresh import create_fresh
from projections.positions import begin, place_of
from projections.proof import Digest, digests
from projections.view import Slice, Store, View
from tests.unit.projections.book import Book


async def prepared(dsn: str, *views: View) -> None:
    """Makes the views' live schemas."""
    pool = await connect(dsn)
    try:
        for view in views:
            await migrate(pool, view.name, view.migrations)
    finally:
        await pool.close()


@dataclass
class Bench:
    """A store and its connection, in one schema of a view."""

    view: View
    connection: Any
    store: Store
    applier: Applier

    async def begin(self, book: Book) -> None:
        """Sets every partition of the book to its beginning."""
        heads = [(p, genesis(book.topic, p, book.partitions)) for p in range(book.partitions)]
        await begin(self.connection, heads)

    async def apply(self, slices: Sequence[Slice]) -> int:
        """Applies slices as the projector does."""
        return await self.applier.apply(slices)

    async def digests(self) -> dict[str, Digest]:
        """What the tables hold."""
        return await digests(self.connection, self.view)

    async def clear(self) -> None:
        """Empties every table, and forgets what the store knew of them."""
        for table in ("position", *self.view.tables, *self.view.carried):
            await self.connection.execute(f"DELETE FROM {table}")
        self.store = self.view.store(True)
        self.applier = Applier(self.connection, self.store, await place_of(self.connection))


@asynccontextmanager
async def bench(dsn: str, view: View, *, fresh: bool = False) -> AsyncGenerator[Bench]:
    """A bench in the view's live schema, or in the one where a rebuild would grow."""
    if fresh:
        await create_fresh(dsn, view)
    async with connected(dsn, view.fresh if fresh else view.name) as connection:
        store = view.store(True)
        yield Bench(view, connection, store, await Applier.on(connection, store))


def portions(book: Book, dice: random.Random, largest: int) -> list[list[Slice]]:
    """The book cut into batches of random sizes, each with slices of some partitions."""
    at = dict.fromkeys(range(book.partitions), 0)
    found: list[list[Slice]] = []
    while any(at[p] < len(book.admitted[p]) for p in at):
        batch: list[Slice] = []
        for partition in at:
            size = dice.randint(0, largest)
            piece = book.slice(partition, at[partition], at[partition] + size)
            if piece.admitted:
                batch.append(piece)
                at[partition] += len(piece.admitted)
        if batch:
            found.append(batch)
    return found


def noise_only(piece: Slice) -> Slice:
    """The slice of a batch that held nothing but noise behind this one."""
    return replace(piece, before=piece.after, admitted=(), read_to=piece.read_to + 1)
