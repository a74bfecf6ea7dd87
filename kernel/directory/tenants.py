"""Tenants and their teams."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from kernel.directory.staff import check_teams
from kernel.directory.store import Deed, Store
from kernel.errors import NotFound
from kernel.validation import flawed

_id = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_team = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A party whose requests, people and keys are its own."""

    id: str
    name: str
    created_at: datetime


class Tenants:
    """The tenants of this installation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, tenant: str) -> Tenant | None:
        """The tenant of this id.

        Raises:
            Unavailable: Postgres is away.
        """
        row = await self._store.of(tenant).row(
            "SELECT * FROM directory.tenants WHERE id = $1", tenant
        )
        return row and _tenant(row)

    async def create(self, *, tenant: str, name: str) -> Tenant:
        """A new tenant.

        Raises:
            Invalid: the id is taken, or no word of lower-case letters, digits, `_` and `-`.
            Unavailable: Postgres is away.
        """
        if not _id.fullmatch(tenant):
            raise flawed("/id", "lower-case letters, digits, _ and - are expected")
        try:
            row = await self._store.of(tenant).row(
                "INSERT INTO directory.tenants (id, name) VALUES ($1, $2) RETURNING *", tenant, name
            )
        except asyncpg.UniqueViolationError:
            raise flawed("/id", f"there is a tenant {tenant} already") from None
        return _tenant(row)

    async def create_team(self, *, tenant: str, name: str, title: str = "") -> None:
        """A team of the tenant; one that exists keeps its title.

        Raises:
            Invalid: the name has spaces, or there is no such tenant.
            Unavailable: Postgres is away.
        """
        if not _team.fullmatch(name):
            raise flawed("/name", "a name without spaces is expected, at most 100 characters")
        try:
            await self._store.of(tenant).row(
                "INSERT INTO directory.teams (tenant, name, title) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING",
                tenant,
                name,
                title or name.replace("_", " ").capitalize(),
            )
        except asyncpg.ForeignKeyViolationError:
            raise flawed("/tenant", "there is no such tenant") from None

    async def check_teams(self, tenant: str, teams: Sequence[str]) -> None:
        """Makes sure that the tenant has these teams.

        Raises:
            Invalid: it has not; the pointer names the first that is missing.
            Unavailable: Postgres is away.
        """
        async with self._store.of(tenant).transaction() as connection:
            await check_teams(connection, tenant, teams)

    async def put_team(
        self, *, tenant: str, name: str, title: str, new: bool, deed: Deed | None = None
    ) -> None:
        """Makes a team, or gives one that is there another title.

        Raises:
            Invalid: the name has spaces, or is taken where a new team is wanted.
            NotFound: the tenant has no such team.
            Unavailable: Postgres is away.
        """
        if new and not _team.fullmatch(name):
            raise flawed("/name", "a name without spaces is expected, at most 100 characters")
        change = (
            "INSERT INTO directory.teams (tenant, name, title) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING RETURNING name AS id"
            if new
            else "UPDATE directory.teams SET title = $3 WHERE tenant = $1 AND name = $2"
            " RETURNING name AS id"
        )
        row = await self._store.of(tenant).row(change, tenant, name, title, deed=deed)
        if row is None and new:
            raise flawed("/name", f"there is a team {name} already")
        if row is None:
            raise NotFound("there is no such team")

    async def remove_team(self, tenant: str, name: str, deed: Deed) -> None:
        """Removes a team that nobody is in.

        Raises:
            NotFound: the tenant has no such team.
            Invalid: somebody is in it.
            Unavailable: Postgres is away.
        """
        store = self._store.of(tenant)
        async with store.transaction() as connection:
            gone = await connection.fetchrow(
                "DELETE FROM directory.teams WHERE tenant = $1 AND name = $2 RETURNING name",
                tenant,
                name,
            )
            if gone is None:
                raise NotFound("there is no such team")
            members = await connection.fetchval(
                "SELECT count(*) FROM directory.people WHERE tenant = $1 AND $2 = ANY(teams)",
                tenant,
                name,
            )
            if members:
                raise flawed("/name", f"{members} are in this team; take them out of it first")
            await store.note(connection, deed, name)

    async def teams(self, tenant: str) -> dict[str, str]:
        """The titles of the tenant's teams, by name.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            "SELECT name, title FROM directory.teams WHERE tenant = $1 ORDER BY name", tenant
        )
        return {row["name"]: row["title"] for row in rows}


def _tenant(row: Any) -> Tenant:
    return Tenant(id=row["id"], name=row["name"], created_at=row["created_at"])
