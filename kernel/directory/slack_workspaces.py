"""The Slack workspaces of tenants: which app of theirs is installed where, its secrets sealed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from kernel.directory.cache import ReadThrough
from kernel.directory.store import Deed, Store
from kernel.errors import NotFound
from kernel.secrets import Keyring, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant's Slack workspace, with the secrets of its app."""

    tenant: str
    team_id: str
    team_name: str
    bot_user_id: str
    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    link_by_email: bool = True
    updated_at: datetime | None = None


class SlackWorkspaces:
    """The workspaces of all tenants; what is read is at most 5 s old."""

    def __init__(self, store: Store, keyring: Keyring, now: Callable[[], float]) -> None:
        self._store = store
        self._keyring = keyring
        self._workspaces = ReadThrough(self._load, now=now)

    async def get(self, tenant: str) -> Workspace | None:
        """The tenant's workspace.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        return await self._workspaces.get(tenant)

    async def put(self, workspace: Workspace, by: str, deed: Deed | None = None) -> Workspace:
        """Keeps a tenant's workspace, in the place of the one before; `by` is who does it.

        Raises:
            NotFound: there is no such tenant.
            Unavailable: Postgres is away.
        """
        seal, tenant = self._keyring.seal, workspace.tenant
        try:
            row = await self._store.of(tenant).row(
                "INSERT INTO directory.slack_workspaces (tenant, team_id, team_name, bot_user_id,"
                " bot_token, signing_secret, link_by_email, updated_by)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant) DO UPDATE SET"
                " team_id = excluded.team_id, team_name = excluded.team_name,"
                " bot_user_id = excluded.bot_user_id, bot_token = excluded.bot_token,"
                " signing_secret = excluded.signing_secret, updated_at = now(),"
                " link_by_email = excluded.link_by_email, updated_by = excluded.updated_by"
                " RETURNING *",
                tenant,
                workspace.team_id,
                workspace.team_name,
                workspace.bot_user_id,
                seal(workspace.bot_token, _place(tenant, "bot_token")),
                seal(workspace.signing_secret, _place(tenant, "signing_secret")),
                workspace.link_by_email,
                by,
                deed=deed,
            )
        except asyncpg.ForeignKeyViolationError:
            raise NotFound("there is no such tenant") from None
        self._workspaces.forget(tenant)
        return self._workspace(row)

    async def remove(self, tenant: str, deed: Deed | None = None) -> None:
        """Forgets a tenant's workspace; there being none is no matter.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "DELETE FROM directory.slack_workspaces WHERE tenant = $1 RETURNING tenant",
            tenant,
            deed=deed,
        )
        self._workspaces.forget(tenant)

    async def _load(self, tenant: str) -> Workspace | None:
        row = await self._store.of(tenant).row(
            "SELECT * FROM directory.slack_workspaces WHERE tenant = $1", tenant
        )
        return row and self._workspace(row)

    def _workspace(self, row: Any) -> Workspace:
        opened, tenant = self._keyring.open, row["tenant"]
        return Workspace(
            tenant=tenant,
            team_id=row["team_id"],
            team_name=row["team_name"],
            bot_user_id=row["bot_user_id"],
            bot_token=opened(row["bot_token"], _place(tenant, "bot_token")),
            signing_secret=opened(row["signing_secret"], _place(tenant, "signing_secret")),
            link_by_email=row["link_by_email"],
            updated_at=row["updated_at"],
        )


def _place(tenant: str, name: str) -> Place:
    return Place(tenant, f"slack.{name}", tenant)
