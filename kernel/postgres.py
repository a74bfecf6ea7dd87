"""Postgres: a pool with our limits, JSON as Python values, and migrations run once each."""

from pathlib import Path
from typing import Any

import asyncpg
import orjson

from kernel.errors import Misconfigured, Unavailable
from kernel.wall import raise_wall

Pool = asyncpg.Pool
Connection = asyncpg.Connection
STATEMENT_TIMEOUT = "5s"
_MIGRATION_LOCK = 0x48524D49

# What trying again mends: the server away, stopping, out of room, in each other's way, a standby
# for now, closed to us for now, or changed by a newer release since a statement was prepared.
# `InternalClientError` is how asyncpg finds a connection that was cut in the middle of an answer.
away = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def _json_text(value: Any) -> str:
    return orjson.dumps(value).decode()


async def prepare(connection: Any) -> None:
    """Makes jsonb columns read and write as Python values."""
    for kind in ("jsonb", "json"):
        await connection.set_type_codec(
            kind, encoder=_json_text, decoder=orjson.loads, schema="pg_catalog"
        )


class _Connection(asyncpg.Connection):  # pyright: ignore[reportMissingTypeArgument]
    """A connection of a pool; nobody leaves state in a session, so undoing it costs no query."""

    def get_reset_query(self) -> str:
        """Nothing; an open transaction is rolled back all the same."""
        return ""

    async def belong_to(self, tenant: str) -> None:
        """Nothing: it shows the rows of all."""


class _WalledConnection(_Connection):
    """A connection that row-level security binds; whose rows it shows stays until told anew."""

    _tenant: str | None = None

    async def belong_to(self, tenant: str) -> None:
        """Shows the rows of this tenant from here on."""
        if self._tenant == tenant:
            return
        # Until it is confirmed, nobody knows which it is.
        self._tenant = None
        await self.fetchval("SELECT set_config('handraise.tenant', $1, false)", tenant)
        self._tenant = tenant


async def connect(
    dsn: str,
    *,
    min_size: int = 1,
    max_size: int = 5,
    statement_timeout: str = STATEMENT_TIMEOUT,
    role: str | None = None,
) -> Any:
    """A pool of connections with our limits; those of a role are bound by row-level security.

    Raises:
        Unavailable: the server is away.
        Misconfigured: it is there but will not have us.
    """
    acting: dict[str, str] = {} if role is None else {"role": role}
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            init=prepare,
            connection_class=_Connection if role is None else _WalledConnection,
            timeout=5,
            command_timeout=30,
            server_settings={
                "statement_timeout": statement_timeout,
                "application_name": "handraise",
                "jit": "off",
                **acting,
            },
        )
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.InvalidParameterValueError,
        asyncpg.InsufficientPrivilegeError,
    ) as e:
        raise Misconfigured(f"Postgres refuses us: {e}") from e
    except away as error:
        raise Unavailable(f"Postgres is away: {error}") from error


async def migrate(pool: Any, component: str, folder: Path) -> list[str]:
    """Runs the `NNNN_name.sql` files of a component that have not run yet, each in a transaction.

    Copies that start together wait for each other. After them the wall between tenants is put
    round all tables of the component. Gives the names of those that ran now.

    Raises:
        Misconfigured: the role that the wall binds can't be made.
    """
    ran: list[str] = []
    scripts = sorted(folder.glob("[0-9]*.sql"))  # noqa: ASYNC240
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        try:
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS public.schema_migrations (component text, name text,"
                " ran_at timestamptz DEFAULT now(), PRIMARY KEY (component, name))"
            )
            known = {
                row["name"]
                for row in await connection.fetch(
                    "SELECT name FROM public.schema_migrations WHERE component = $1", component
                )
            }
            for path in scripts:
                if path.name in known:
                    continue
                async with connection.transaction():
                    await connection.execute("SET LOCAL statement_timeout = 0")
                    await connection.execute(path.read_text())
                    await connection.execute(
                        "INSERT INTO public.schema_migrations (component, name) VALUES ($1, $2)",
                        component,
                        path.name,
                    )
                ran.append(path.name)
            async with connection.transaction():
                await raise_wall(connection, component)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _MIGRATION_LOCK)
    return ran
