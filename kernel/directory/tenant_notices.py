"""Where a tenant itself is told, besides its people: a webhook and chats, the secrets sealed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson

from kernel.directory.cache import ReadThrough
from kernel.directory.store import Store
from kernel.secrets import Keyring, Place, new_signing_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantNotices:
    """Where a tenant is told; `webhook_secret` signs for the webhook, `chats` are by name."""

    webhook_url: str | None = None
    webhook_secret: str = field(default="", repr=False)
    chats: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


class AllTenantNotices:
    """Where all tenants are told; what is read is at most 5 s old."""

    def __init__(self, store: Store, keyring: Keyring, now: Callable[[], float]) -> None:
        self._store = store
        self._keyring = keyring
        self._cached = ReadThrough(self._load, now=now)

    async def get(self, tenant: str) -> TenantNotices:
        """Where this tenant is told.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
            Unreadable: its secrets were sealed with a key that is not here.
        """
        return await self._cached.get(tenant)

    async def secret(self, tenant: str) -> str:
        """The secret that signs for the tenant's webhooks, made where there is none yet.

        Raises:
            Unavailable: Postgres is away.
            Unreadable: it was sealed with a key that is not here.
        """
        found = await self.get(tenant)
        if not found.webhook_secret:
            found = await self.put(tenant, found.webhook_url, dict(found.chats), by="handraise")
        return found.webhook_secret

    async def put(
        self, tenant: str, webhook_url: str | None, chats: Mapping[str, str | None], by: str
    ) -> TenantNotices:
        """Keeps where a tenant is told; a chat whose address is None keeps the one it has.

        The webhook's secret is made with the first address, and stays.

        Raises:
            Unavailable: Postgres is away.
        """
        before = await self._load(tenant)
        kept = {name: address or before.chats.get(name) for name, address in chats.items()}
        wanted = TenantNotices(
            webhook_url=webhook_url,
            webhook_secret=before.webhook_secret or new_signing_secret(),
            chats={name: address for name, address in kept.items() if address},
        )
        said = {"webhook_secret": wanted.webhook_secret, "chats": dict(wanted.chats)}
        await self._store.of(tenant).row(
            "INSERT INTO directory.tenant_notices (tenant, webhook_url, sealed, updated_by)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant) DO UPDATE"
            " SET webhook_url = excluded.webhook_url, sealed = excluded.sealed,"
            " updated_at = now(), updated_by = excluded.updated_by",
            tenant,
            webhook_url,
            self._keyring.seal(orjson.dumps(said).decode(), _place(tenant)),
            by,
        )
        self._cached.forget(tenant)
        return wanted

    async def _load(self, tenant: str) -> TenantNotices:
        row = await self._store.of(tenant).row(
            "SELECT webhook_url, sealed FROM directory.tenant_notices WHERE tenant = $1", tenant
        )
        if row is None:
            return TenantNotices()
        said = orjson.loads(self._keyring.open(row["sealed"], _place(tenant)))
        return TenantNotices(webhook_url=row["webhook_url"], **said)


def _place(tenant: str) -> Place:
    return Place(tenant, "tenant_notices", tenant)
