"""Which partitions this copy of a projector applies: a fair share, held by advisory locks.

Postgres frees the locks of a session that ends, so a copy that dies gives its share up at once, and
one that stands still does so when its session has been silent for `SILENCE`. Nothing depends on the
locks for correctness: a position moves by compare-and-set, whoever moves it.
"""

import hashlib
from collections.abc import Collection
from math import ceil
from typing import Any

SILENCE = "6s"


def lock_class(name: str) -> int:
    """The first key of the advisory locks that go by this name (a signed 32-bit number)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)


class Ownership:
    """The partitions held over one session, out of all that there are."""

    def __init__(self, connection: Any, view: str, partitions: int) -> None:
        self._connection = connection
        self._class = lock_class(f"handraise projection {view}")
        self._members = lock_class(f"handraise projectors of {view}")
        self._partitions = partitions
        self.held: set[int] = set()

    async def join(self) -> None:
        """Counts this copy among those that share the partitions."""
        await self._connection.execute(
            "SELECT pg_advisory_lock($1, pg_backend_pid())", self._members
        )

    async def share(self) -> int:
        """How many partitions a copy may hold, by the number of copies that live."""
        copies: int = await self._connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = $1::bigint::oid AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            self._members & 0xFFFFFFFF,
        )
        return ceil(self._partitions / max(copies, 1))

    async def take(self, share: int) -> list[int]:
        """Takes partitions that nobody holds, up to the share; gives those taken now."""
        taken: list[int] = []
        for partition in range(self._partitions):
            if len(self.held) >= share:
                break
            if partition not in self.held and await self._try(partition):
                self.held.add(partition)
                taken.append(partition)
        return taken

    def surplus(self, share: int) -> list[int]:
        """The partitions to give up, the highest first, so that others get their share."""
        return sorted(self.held, reverse=True)[: max(len(self.held) - share, 0)]

    async def give_up(self, partitions: Collection[int]) -> None:
        """Lets others have these partitions."""
        for partition in partitions:
            self.held.discard(partition)
            await self._connection.execute(
                "SELECT pg_advisory_unlock($1, $2)", self._class, partition
            )

    async def _try(self, partition: int) -> bool:
        return await self._connection.fetchval(
            "SELECT pg_try_advisory_lock($1, $2)", self._class, partition
        )
