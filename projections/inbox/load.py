"""How much each person and team holds; read from the index of open requests that are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one person or team holds: how many they took, were given, work on; what presses.

    `due` counts those whose time runs out before the moment that was asked for. `oldest` is when
    the longest waiting of them was asked.
    """

    person: str | None
    team: str | None
    claimed: int
    assigned: int
    begun: int
    due: int
    overdue: int
    oldest: datetime

    @property
    def open(self) -> int:
        """All of them."""
        return self.claimed + self.assigned


async def held_by(pool: Any, tenant: str, *, now: datetime, due_by: datetime) -> Sequence[Held]:
    """What each person and team of a tenant holds of what waits for an answer."""
    records = await pool.fetch(
        "SELECT assigned_person, assigned_team, count(*) FILTER (WHERE claimed) AS claimed,"
        " count(*) FILTER (WHERE NOT claimed) AS assigned,"
        " count(*) FILTER (WHERE started_at IS NOT NULL) AS begun,"
        " count(*) FILTER (WHERE timeout_at < $3) AS due,"
        " count(*) FILTER (WHERE timeout_at < $2) AS overdue, min(created_at) AS oldest"
        " FROM inbox.request WHERE tenant = $1 AND open"
        " AND (assigned_person IS NOT NULL OR assigned_team IS NOT NULL)"
        " GROUP BY assigned_person, assigned_team",
        tenant,
        now,
        due_by,
    )
    names = ("claimed", "assigned", "begun", "due", "overdue", "oldest")
    return [
        Held(
            person=record["assigned_person"],
            team=record["assigned_team"],
            **{name: record[name] for name in names},
        )
        for record in records
    ]
