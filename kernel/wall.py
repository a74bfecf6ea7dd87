"""The wall between tenants in Postgres: row-level security behind every filter of ours.

After each migration every table of a component that the front door reaches gets its policy: by the
column `tenant` where it has one, else by the exceptions below. What is in neither is out of the
front door's reach. The services own the tables and are not bound; `docs/identity.md` argues each
way past the wall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import asyncpg

from kernel.errors import Misconfigured
from kernel.tenancy import WALLED

ALL, READ, SET_GOING = "SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT, UPDATE"
POLICY = "of_tenant"
FRESH = "_next"
_mine = "current_setting('handraise.tenant', true)"
_by_tenant = f"tenant = {_mine}"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the front door may do in a schema, and the tables without a column `tenant`.

    A condition of None lets every row through. `ways` are functions that run as the owner, past
    the wall. `views` are views, each of a table: they hold the same rows back, but let Postgres
    use indexes of operators that it does not trust to keep secrets (GIN, for text and facets),
    which policies forbid.
    """

    rights: str
    others: Mapping[str, str | None]
    ways: tuple[str, ...] = ()
    views: tuple[tuple[str, str], ...] = ()


REACHES: Mapping[str, Reach] = MappingProxyType(
    {
        "directory": Reach(
            ALL,
            {
                "tenants": f"id = {_mine}",
                # Both name nobody: random ids of tokens, and keyed hashes of names.
                "revoked_tokens": None,
                "failures": None,
                # One pair for all tenants; its private half is sealed.
                "push_keys": None,
            },
            ways=(
                "key_of_id",
                "people_of_email",
                "invitation_of_hash",
                "note_refused_sign_in",
            ),
        ),
        # Who may have which bytes is said by directory.attachments, which is walled.
        "blobs": Reach(ALL, {"piece": None}),
        "outbound": Reach(
            SET_GOING,
            {
                "attempts": "EXISTS (SELECT FROM outbound.deliveries AS d"
                f" WHERE d.id = delivery_id AND d.tenant = {_mine})"
            },
        ),
        "notifier": Reach(READ, {}),
        # Where the views stand, and rules that are shared by the requests that name them.
        "inbox": Reach(
            READ,
            {"position": None, "policy": None},
            views=(("own_request", "request"), ("own_question", "question")),
        ),
        "history": Reach(READ, {"position": None}),
    }
)


async def raise_wall(connection: Any, schema: str) -> None:
    """Puts the policies on the tables of a component's schema, as they are now.

    Raises:
        Misconfigured: the role that they bind is not there and can't be made.
    """
    reach = REACHES.get(schema.removesuffix(FRESH))
    if reach is None:
        return
    await _ensure_role(connection)
    await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {WALLED}")
    for way in reach.ways:
        await connection.execute(f"GRANT EXECUTE ON FUNCTION {schema}.{way} TO {WALLED}")
    for view, table in reach.views:
        await _put_view(connection, f"{schema}.{view}", f"{schema}.{table}")
        await connection.execute(f"GRANT SELECT ON {schema}.{view} TO {WALLED}")
    for table, has_tenant in await _tables(connection, schema):
        condition = _by_tenant if has_tenant else reach.others.get(table, "false")
        await _put(connection, f"{schema}.{table}", reach.rights, condition or "true")


async def _put(connection: Any, table: str, rights: str, rule: str) -> None:
    """Puts a policy on a table, unless it is there: that would wait for all who read it."""
    known = await connection.fetchval(
        "SELECT obj_description(oid, 'pg_policy') FROM pg_policy"
        " WHERE polrelid = $1::text::regclass AND polname = $2",
        table,
        POLICY,
    )
    mark = f"{rights} WHERE {rule}"
    if known == mark:
        return
    await connection.execute(
        f"REVOKE ALL ON {table} FROM {WALLED};"
        f" GRANT {rights} ON {table} TO {WALLED};"
        f" ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f" DROP POLICY IF EXISTS {POLICY} ON {table};"
        f" CREATE POLICY {POLICY} ON {table} TO {WALLED} USING ({rule});"
        f" COMMENT ON POLICY {POLICY} ON {table} IS {_quoted(mark)}"
    )


async def _put_view(connection: Any, view: str, table: str) -> None:
    """Puts a view that shows the front door one tenant's rows, and all others every row."""
    columns = await connection.fetchval(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
        table,
    )
    known = await connection.fetchval("SELECT obj_description(to_regclass($1), 'pg_class')", view)
    if known == columns:
        return
    bound = f"current_user = {_quoted(WALLED)}"
    await connection.execute(f"DROP VIEW IF EXISTS {view}")
    await connection.execute(
        f"CREATE VIEW {view} AS SELECT {columns} FROM {table}"  # noqa: S608 - our own words
        f" WHERE (SELECT NOT {bound}) OR tenant = (SELECT {_mine})"
    )
    await connection.execute(f"COMMENT ON VIEW {view} IS {_quoted(columns)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def _tables(connection: Any, schema: str) -> list[tuple[str, bool]]:
    rows = await connection.fetch(
        "SELECT c.relname, EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid"
        " AND a.attname = 'tenant' AND NOT a.attisdropped) AS has_tenant"
        " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY c.relname",
        schema,
    )
    return [(row["relname"], row["has_tenant"]) for row in rows]


async def _ensure_role(connection: Any) -> None:
    member = "SELECT pg_has_role(current_user, oid, 'SET') FROM pg_roles WHERE rolname = $1"
    if await connection.fetchval(member, WALLED):
        return
    owner = await connection.fetchval("SELECT current_user")
    try:
        await connection.execute(f"CREATE ROLE {WALLED} NOLOGIN")
        await connection.execute(f"GRANT {WALLED} TO CURRENT_USER")
    except (asyncpg.InsufficientPrivilegeError, asyncpg.DuplicateObjectError) as error:
        raise Misconfigured(
            f"row-level security needs the role {WALLED}; let a superuser of Postgres run:"
            f" CREATE ROLE {WALLED} NOLOGIN; GRANT {WALLED} TO {owner};"
        ) from error
