"""Tenants and their teams."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from kernel.directory.store import Store
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
        row = await self._store.row("SELECT * FROM directory.tenants WHERE id = $1", tenant)
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
            row = await self._store.row(
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
            await self._store.row(
                "INSERT INTO directory.teams (tenant, name, title) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING",
                tenant,
                name,
                title or name.replace("_", " ").capitalize(),
            )
        except asyncpg.ForeignKeyViolationError:
            raise flawed("/tenant", "there is no such tenant") from None

    async def teams(self, tenant: str) -> dict[str, str]:
        """The titles of the tenant's teams, by name.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.rows(
            "SELECT name, title FROM directory.teams WHERE tenant = $1 ORDER BY name", tenant
        )
        return {row["name"]: row["title"] for row in rows}


def _tenant(row: Any) -> Tenant:
    return Tenant(id=row["id"], name=row["name"], created_at=row["created_at"])
