"""People who were deactivated and may still hold requests: one row each until nothing is theirs.

Rows are worked off by whoever comes first, for all tenants; a worker that dies leaves its row to
the next.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from event_schemas.types import ActorKind
from kernel.directory.principals import Auth, Principal
from kernel.directory.store import Store

TAKEN_FOR = timedelta(seconds=30)
"""How long others leave a row to the worker that took it."""
LONGEST_PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A person who left, and who saw to it; `attempts` counts the times that it was worked on."""

    id: str
    tenant: str
    person: str
    name: str
    left_at: datetime
    attempts: int
    by: Principal


class Departures:
    """The departures of all tenants; `past` shows all."""

    def __init__(self, past: Store) -> None:
        self._past = past

    async def take(self) -> Departure | None:
        """One that is due, for a while nobody else's.

        Raises:
            Unavailable: Postgres is away.
        """
        row = await self._past.row(
            "UPDATE directory.departures SET due_at = clock_timestamp() + $1::interval,"
            " attempts = attempts + 1 WHERE id = (SELECT id FROM directory.departures"
            " WHERE done_at IS NULL AND due_at <= clock_timestamp() ORDER BY due_at LIMIT 1"
            " FOR UPDATE SKIP LOCKED) RETURNING *",
            TAKEN_FOR,
        )
        return row and _departure(row)

    async def again(self, departure: Departure, released: int, *, in_seconds: float) -> None:
        """Lets it be looked at once more, after a while.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._past.row(
            "UPDATE directory.departures SET due_at = clock_timestamp() + $2::interval,"
            " released = released + $3 WHERE id = $1",
            departure.id,
            timedelta(seconds=in_seconds),
            released,
        )

    async def done(self, departure: Departure) -> None:
        """Nothing waits for the person any more.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._past.row(
            "UPDATE directory.departures SET done_at = clock_timestamp() WHERE id = $1",
            departure.id,
        )


def pause_seconds(attempts: int) -> float:
    """How long to wait after so many attempts."""
    return min(2.0**attempts, LONGEST_PAUSE_SECONDS)


def _departure(row: Any) -> Departure:
    by = Principal(
        kind=ActorKind.PERSON,
        id=row["by_id"],
        tenant=row["tenant"],
        name=row["by_name"],
        auth=Auth.SESSION,
        roles=tuple(row["by_roles"]),
    )
    return Departure(
        id=row["id"],
        tenant=row["tenant"],
        person=row["person"],
        name=row["name"],
        left_at=row["left_at"],
        attempts=row["attempts"],
        by=by,
    )
