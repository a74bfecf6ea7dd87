"""Views of the queue that people keep under a name, alone or shared with a team."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernel.directory.store import Store
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.validation import flawed

MAX_KEPT = 50
MAX_NAME_CHARS = 60
MAX_QUERY_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """A view of the queue; `query` is the query part of its address.

    `is_own` says that the one who asks keeps it, `is_default` that their queue begins with it.
    """

    id: str
    name: str
    query: str
    team: str | None
    is_own: bool
    is_default: bool


class SavedFilters:
    """The kept views of all people; every question names the tenant."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, tenant: str, person: str, teams: Sequence[str]) -> tuple[SavedFilter, ...]:
        """A person's own views and those shared with their teams, by name.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            "SELECT f.*, f.person = $2 AS is_own, d.filter IS NOT NULL AS is_default"
            " FROM directory.saved_filters AS f LEFT JOIN directory.default_filters AS d"
            " ON d.tenant = $1 AND d.person = $2 AND d.filter = f.id"
            " WHERE f.tenant = $1 AND (f.person = $2 OR f.team = ANY($3))"
            " ORDER BY f.name, f.id LIMIT $4",
            tenant,
            person,
            list(teams),
            2 * MAX_KEPT,
        )
        return tuple(map(_filter, rows))

    async def keep(
        self, tenant: str, person: str, *, name: str, query: str, team: str | None
    ) -> str:
        """Keeps a view and gives its id; one that the person has under that name is replaced.

        Raises:
            Invalid: the name is none or too long, or the person keeps too many.
            Unavailable: Postgres is away.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= MAX_NAME_CHARS:
            raise flawed("/name", f"a name of at most {MAX_NAME_CHARS} characters is expected")
        if len(query) > MAX_QUERY_CHARS:
            raise flawed("/query", "the view is too long to be kept")
        kept = await self._store.of(tenant).row(
            "INSERT INTO directory.saved_filters (id, tenant, person, name, query, team)"
            " SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM directory.saved_filters"
            " WHERE tenant = $2 AND person = $3 AND name <> $4) < $7"
            " ON CONFLICT (tenant, person, name)"
            " DO UPDATE SET query = excluded.query, team = excluded.team RETURNING id",
            new_id(),
            tenant,
            person,
            name,
            query,
            team,
            MAX_KEPT,
        )
        if kept is None:
            raise flawed("/name", f"at most {MAX_KEPT} views are kept; remove one first")
        return str(kept["id"])

    async def remove(self, tenant: str, person: str, saved: str) -> None:
        """Forgets one of a person's own views, for its team too.

        Raises:
            NotFound: the person keeps no such view.
            Unavailable: Postgres is away.
        """
        removed = await self._store.of(tenant).row(
            "DELETE FROM directory.saved_filters WHERE tenant = $1 AND person = $2 AND id = $3"
            " RETURNING id",
            tenant,
            person,
            _id(saved),
        )
        if removed is None:
            raise NotFound("You keep no such view")

    async def begin_with(
        self, tenant: str, person: str, teams: Sequence[str], saved: str | None
    ) -> None:
        """Lets a person's queue begin with a view that they see; with None, as it comes.

        Raises:
            NotFound: there is no such view.
            Unavailable: Postgres is away.
        """
        store = self._store.of(tenant)
        if saved is None:
            await store.row(
                "DELETE FROM directory.default_filters WHERE tenant = $1 AND person = $2",
                tenant,
                person,
            )
            return
        chosen = await store.row(
            "INSERT INTO directory.default_filters (tenant, person, filter)"
            " SELECT $1, $2, id FROM directory.saved_filters WHERE tenant = $1 AND id = $3"
            " AND (person = $2 OR team = ANY($4))"
            " ON CONFLICT (tenant, person) DO UPDATE SET filter = excluded.filter RETURNING filter",
            tenant,
            person,
            _id(saved),
            list(teams),
        )
        if chosen is None:
            raise NotFound("There is no such view")


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("There is no such view") from None


def _filter(row: Any) -> SavedFilter:
    return SavedFilter(
        id=str(row["id"]),
        name=row["name"],
        query=row["query"],
        team=row["team"],
        is_own=row["is_own"],
        is_default=row["is_default"],
    )
