"""Failed attempts by name, for all processes together and over restarts; names are kept hashed."""

from collections.abc import Sequence
from datetime import timedelta

from kernel.clock import Clock
from kernel.directory.store import Store
from kernel.secrets import Keyring

WINDOW = timedelta(minutes=5)
_outdated = "WITH outdated AS (DELETE FROM directory.failures WHERE since < $3)"


class Failures:
    """Counts failures of names; each count ends a window after its first failure."""

    def __init__(self, store: Store, keyring: Keyring, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock

    async def wait_seconds(self, limits: Sequence[tuple[str, int]]) -> int:
        """How long the names must wait until none has failed as often as its limit allows.

        Raises:
            Unavailable: Postgres is away.
        """
        now, marks = self._clock(), {self._mark(name): limit for name, limit in limits}
        rows = await self._store.rows(
            "SELECT name, count, since FROM directory.failures WHERE name = ANY($1) AND since > $2",
            list(marks),
            now - WINDOW,
        )
        full = [row["since"] + WINDOW - now for row in rows if row["count"] >= marks[row["name"]]]
        return int(max(full).total_seconds()) + 1 if full else 0

    async def add(self, *names: str) -> None:
        """Notes a failed attempt of each of the names.

        Raises:
            Unavailable: Postgres is away.
        """
        now = self._clock()
        await self._store.row(
            f"{_outdated} INSERT INTO directory.failures AS known (name, count, since)"
            " SELECT unnest($1::text[]), 1, $2 ON CONFLICT (name) DO UPDATE SET"
            " count = CASE WHEN known.since > $4 THEN known.count + 1 ELSE 1 END,"
            " since = CASE WHEN known.since > $4 THEN known.since ELSE $2 END",
            sorted(map(self._mark, names)),
            now,
            now - 10 * WINDOW,
            now - WINDOW,
        )

    async def forget(self, name: str) -> None:
        """Forgets the failures of a name that has proved itself.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.row("DELETE FROM directory.failures WHERE name = $1", self._mark(name))

    def _mark(self, name: str) -> str:
        return self._keyring.mark("failure", name)
