"""Asks the directory's tables; Postgres' errors become ours."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import asyncpg

from kernel.errors import Invalid, Unavailable
from kernel.postgres import away
from kernel.tenancy import tenant_now

_WAIT_SECONDS = 2
_QUERY_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What the audit says of a change: who made it from which address, and about whom.

    A `subject` of None is the `id` of the row that the change gave.
    """

    actor: str
    action: str
    address: str
    subject: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Store:
    """The directory's connection pool.

    What is asked is about the tenant of `of`, else about the one whose call this is: over the front
    door's pool no other's rows are there.
    """

    def __init__(self, pool: Any, tenant: str | None = None) -> None:
        self._pool = pool
        self._tenant = tenant

    def of(self, tenant: str) -> Self:
        """The same for what is asked about one tenant."""
        return type(self)(self._pool, tenant)

    async def row(self, sql: str, *values: Any, deed: Deed | None = None) -> Any | None:
        """The first row, or None; a change with a deed is audited in the same transaction.

        Raises:
            Unavailable: Postgres is away.
        """
        if deed is not None:
            async with self.transaction() as connection:
                row = await connection.fetchrow(sql, *values, timeout=_QUERY_SECONDS)
                if row is not None:
                    await self.note(connection, deed, deed.subject or row["id"])
                return row
        async with self._connection() as connection:
            return await connection.fetchrow(sql, *values, timeout=_QUERY_SECONDS)

    async def note(self, connection: Any, deed: Deed, subject: str) -> None:
        """Writes a deed into the audit, in the caller's transaction."""
        await connection.execute(
            "INSERT INTO directory.audit (tenant, actor, action, subject, address, outcome, detail)"
            " VALUES ($1, $2, $3, $4, $5, 'done', $6)",
            self._tenant or tenant_now.get(),
            deed.actor,
            deed.action,
            subject,
            deed.address,
            dict(deed.detail),
        )

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """All rows.

        Raises:
            Unavailable: Postgres is away.
        """
        async with self._connection() as connection:
            return await connection.fetch(sql, *values, timeout=_QUERY_SECONDS)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Any]:
        """A connection in a transaction, which holds as a whole or not at all.

        Raises:
            Unavailable: Postgres is away.
        """
        async with self._connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Any]:
        tenant = tenant_now.get() if self._tenant is None else self._tenant
        try:
            async with self._pool.acquire(timeout=_WAIT_SECONDS) as connection:
                await connection.belong_to(tenant)
                yield connection
        except away as error:
            raise Unavailable(f"the directory is away: {type(error).__name__}") from error
        except asyncpg.DataError as error:
            raise Invalid("a value has characters that can't be stored") from error
