"""The callback secrets that questions bring: sealed here, never in a topic."""

import asyncio
from collections.abc import Iterable
from typing import Any, TypeAlias

from kernel.directory.store import Store
from kernel.errors import NotFound
from kernel.secrets import Keyring, Place

_Key: TypeAlias = tuple[str, str, str]
_FIND = """
SELECT request_id, mark, tenant, sealed
FROM directory.request_secrets
JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked (request_id, mark, tenant)
USING (request_id, mark, tenant)
"""
_FORGET = """
DELETE FROM directory.request_secrets s
USING unnest($1::text[], $2::text[]) AS ended (tenant, request_id)
WHERE s.tenant = ended.tenant AND s.request_id = ended.request_id
"""


class RequestSecrets:
    """Sealed callback secrets, each known by a reference `request:<request id>:<mark>`."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._asked: dict[_Key, asyncio.Future[bytes | None]] = {}
        self._loading: set[asyncio.Task[None]] = set()

    def mark(self, request_id: str, secret: str) -> str:
        """What tells this secret from another that the request might bring."""
        return self._keyring.mark("callback_secret", f"{request_id}\x1f{secret}")

    def reference(self, request_id: str, secret: str) -> str:
        """The reference by which the log names the secret."""
        return f"request:{request_id}:{self.mark(request_id, secret)}"

    async def put(self, tenant: str, request_id: str, secret: str) -> None:
        """Keeps a secret; again is the same as once.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "INSERT INTO directory.request_secrets (request_id, mark, tenant, sealed)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            request_id,
            self.mark(request_id, secret),
            tenant,
            self._keyring.seal(secret, _place(tenant, request_id)),
        )

    async def get(self, tenant: str, request_id: str, mark: str) -> str:
        """The secret of a reference.

        Raises:
            NotFound: the tenant has none such.
            Unavailable: Postgres is away.
        """
        sealed = await self._sealed((request_id, mark, tenant))
        if sealed is None:
            raise NotFound("there is no such callback secret")
        return self._keyring.open(sealed, _place(tenant, request_id))

    async def _sealed(self, key: _Key) -> bytes | None:
        """What is kept under a key; all that are asked for in the same moment are one query."""
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = asyncio.get_running_loop().create_future()
            if len(self._asked) == 1:
                loading = asyncio.create_task(self._load())
                self._loading.add(loading)
                loading.add_done_callback(self._loading.discard)
        return await asyncio.shield(found)

    async def _load(self) -> None:
        asked, self._asked = self._asked, {}
        try:
            rows = await self._store.rows(_FIND, *map(list, zip(*asked, strict=True)))
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            for found in asked.values():
                found.set_exception(error)
                # Whoever asked may have gone away meanwhile.
                found.exception()
            return
        kept = {(row["request_id"], row["mark"], row["tenant"]): row["sealed"] for row in rows}
        for key, found in asked.items():
            found.set_result(kept.get(key))


async def forget_secrets(connection: Any, ended: Iterable[tuple[str, str]]) -> None:
    """Removes all secrets of requests that need none any more, named by tenant and id."""
    tenants, requests = zip(*ended, strict=True)
    await connection.execute(_FORGET, list(tenants), list(requests))


def _place(tenant: str, request_id: str) -> Place:
    return Place(tenant, "request.callback_secret", request_id)
