"""The callback secrets that questions bring: sealed here, never in a topic."""

from kernel.directory.store import Store
from kernel.errors import NotFound
from kernel.secrets import Keyring, Place


class RequestSecrets:
    """Sealed callback secrets, each known by a reference `request:<request id>:<mark>`."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

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
        await self._store.row(
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
        row = await self._store.row(
            "SELECT sealed FROM directory.request_secrets"
            " WHERE request_id = $1 AND mark = $2 AND tenant = $3",
            request_id,
            mark,
            tenant,
        )
        if row is None:
            raise NotFound("there is no such callback secret")
        return self._keyring.open(row["sealed"], _place(tenant, request_id))


def _place(tenant: str, request_id: str) -> Place:
    return Place(tenant, "request.callback_secret", request_id)
