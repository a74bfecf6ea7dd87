"""The kinds of a tenant: its own, else the built-in ones."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import orjson

from kernel.directory.cache import ReadThrough
from kernel.directory.store import Deed, Store
from kernel.errors import Flaw, HandraiseError, Invalid, NotFound
from kernel.text import pointer
from kernel.validation import flawed
from task_kinds.flaws import BadKind
from task_kinds.kind import Kind
from task_kinds.loader import builtin_kinds, kind_from


class KindChanged(HandraiseError):
    """Somebody else has defined the kind since it was read."""

    status, code = 409, "stale_revision"


class Kinds:
    """The kinds of all tenants."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._kinds = ReadThrough(self._load, now=now)
        self._made: dict[tuple[str, str], Kind] = {}

    async def get(self, tenant: str, name: str) -> Kind:
        """The tenant's kind of this name.

        Raises:
            NotFound: it has none; the message names those it has of the built-in ones.
            Unavailable: Postgres is away, and was when last asked.
        """
        own = await self._kinds.get(tenant)
        kind = own.get(name) or builtin_kinds().get(name)
        if kind is None:
            known = ", ".join(sorted({*own, *builtin_kinds()}))
            raise NotFound(f"there is no kind '{name}'; known are {known}")
        return kind

    async def every(self, tenant: str) -> tuple[Kind, ...]:
        """All kinds that the tenant can use, by name.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        kinds = {**builtin_kinds(), **await self._kinds.get(tenant)}
        return tuple(kinds[name] for name in sorted(kinds))

    async def put(
        self,
        tenant: str,
        name: str,
        definition: Mapping[str, Any],
        by: str,
        deed: Deed | None = None,
        *,
        instead_of: str | None = None,
    ) -> Kind:
        """Defines a kind of the tenant, in the place of one with this name.

        `by` is the id of who does it. Open requests keep the rules that they were opened with.
        `instead_of` is the version that it may take the place of, empty for none at all; None for
        whichever there is.

        Raises:
            Invalid: the definition does not hold; every flaw by its JSON pointer.
            KindChanged: there is another version now.
            Unavailable: Postgres is away.
        """
        kind = await asyncio.to_thread(_checked, name, definition)
        builtin = builtin_kinds().get(name)
        fresh = instead_of in {None, "" if builtin is None else builtin.version}
        try:
            row = await self._store.of(tenant).row(
                "INSERT INTO directory.kinds (tenant, name, definition, version, updated_by)"
                " SELECT $1, $2, $3, $4, $5 WHERE $7 OR EXISTS (SELECT FROM directory.kinds"
                " WHERE tenant = $1 AND name = $2)"
                " ON CONFLICT (tenant, name) DO UPDATE SET"
                " definition = excluded.definition, version = excluded.version,"
                " updated_at = now(), updated_by = excluded.updated_by"
                " WHERE $6::text IS NULL OR kinds.version = $6 RETURNING name AS id",
                tenant,
                name,
                dict(definition),
                kind.version,
                by,
                instead_of,
                fresh,
                deed=deed,
            )
        except asyncpg.ForeignKeyViolationError:
            raise Invalid("there is no such tenant") from None
        self._kinds.forget(tenant)
        if row is None:
            raise KindChanged(f"the kind '{name}' was changed by somebody else meanwhile")
        return kind

    def forget(self, tenant: str) -> None:
        """Makes the next look at the tenant's kinds a fresh one."""
        self._kinds.forget(tenant)

    async def _load(self, tenant: str) -> Mapping[str, Kind]:
        rows = await self._store.of(tenant).rows(
            "SELECT name, version, definition FROM directory.kinds WHERE tenant = $1", tenant
        )
        return {row["name"]: self._kind(tenant, row) for row in rows}

    def _kind(self, tenant: str, row: Any) -> Kind:
        made = self._made.get((tenant, row["name"]))
        if made is None or made.version != row["version"]:
            made = kind_from(row["definition"], f"{tenant}/{row['name']}")
            self._made[tenant, row["name"]] = made
        return made


def _checked(name: str, definition: Mapping[str, Any]) -> Kind:
    try:
        # Through text, so that nothing the caller keeps can change the kind later.
        kind = kind_from(orjson.loads(orjson.dumps(dict(definition))), name)
    except BadKind as bad:
        flaws = tuple(Flaw(pointer(*flaw.path), flaw.detail) for flaw in bad.flaws)
        raise Invalid(f"the kind has {len(flaws)} flaw(s)", flaws) from None
    if kind.name != name:
        raise flawed("/kind", f"must be '{name}', as the address says")
    return kind
