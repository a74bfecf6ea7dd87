"""Files in Postgres, in pieces, so that none is ever whole in memory."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

from kernel.blobs.pieces import cut
from kernel.directory.store import Store
from kernel.errors import NotFound

MIGRATIONS = Path(__file__).parent / "migrations"
PIECE_BYTES = 256 * 1024


class PostgresBlobs:
    """Blobs over a pool; no connection is held while a client is slow."""

    def __init__(self, pool: Any) -> None:
        self._store = Store(pool)

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """As the port says."""
        number = 0
        try:
            async for piece in cut(pieces, PIECE_BYTES):
                await self._store.row(
                    "INSERT INTO blobs.piece (key, number, bytes) VALUES ($1, $2, $3)",
                    key,
                    number,
                    piece,
                )
                number += 1
        except BaseException:
            if number:
                await self.delete(key)
            raise

    async def get(self, key: str) -> AsyncGenerator[bytes]:
        """As the port says."""
        number = 0
        while True:
            row = await self._store.row(
                "SELECT bytes FROM blobs.piece WHERE key = $1 AND number = $2", key, number
            )
            if row is None:
                break
            yield row["bytes"]
            number += 1
        if number == 0:
            raise NotFound("there is no such file")

    async def delete(self, key: str) -> None:
        """As the port says."""
        await self._store.row("DELETE FROM blobs.piece WHERE key = $1", key)

    async def close(self) -> None:
        """The pool is its owner's."""
