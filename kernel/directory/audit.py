"""The audit: who changed whose rights, who signed in, and who was not let in.

A change and its row hold together or not at all: `Store.row` writes both in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kernel.directory.store import Deed, Store

KEPT = timedelta(days=400)
AT_A_TIME = 1000
DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One row of the audit; `subject` is the id or name of what it was done to."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Audit:
    """The audit of all tenants; `past` shows all of it, for the broom."""

    def __init__(self, store: Store, past: Store) -> None:
        self._store = store
        self._past = past

    async def note(self, tenant: str, deed: Deed, *, outcome: str = DONE) -> None:
        """Writes down what was done beside the directory, such as a sign-in.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "INSERT INTO directory.audit (tenant, actor, action, subject, address, outcome, detail)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            tenant,
            deed.actor,
            deed.action,
            deed.subject or "",
            deed.address,
            outcome,
            dict(deed.detail),
        )

    async def refused_sign_in(self, email: str, address: str, detail: Mapping[str, Any]) -> None:
        """Writes down a failed sign-in, with the tenants that know the address, or with none.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.row(
            "SELECT directory.note_refused_sign_in($1, $2, $3)", email, address, dict(detail)
        )

    async def page(
        self,
        tenant: str,
        *,
        limit: int,
        before: int | None = None,
        actor: str | None = None,
        subject: str | None = None,
        action: str | None = None,
    ) -> list[Audited]:
        """The tenant's rows, the newest first, those with ids below `before`.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            "SELECT id, at, actor, action, subject, address, outcome, detail FROM directory.audit"
            " WHERE tenant = $1 AND ($2::bigint IS NULL OR id < $2)"
            " AND ($3::text IS NULL OR actor = $3) AND ($4::text IS NULL OR subject = $4)"
            " AND ($5::text IS NULL OR action = $5) ORDER BY id DESC LIMIT $6",
            tenant,
            before,
            actor,
            subject,
            action,
            limit,
        )
        return [Audited(**row) for row in rows]

    async def forget(self, kept: timedelta = KEPT) -> int:
        """Removes some of what is older than that; gives how much.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._past.rows(
            "DELETE FROM directory.audit WHERE id IN (SELECT id FROM directory.audit"
            " WHERE at < clock_timestamp() - $1::interval ORDER BY at LIMIT $2) RETURNING id",
            kept,
            AT_A_TIME,
        )
        return len(rows)
