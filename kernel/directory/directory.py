"""The directory as the services see it: one object with a part for each noun.

Only the api writes; everyone reads. What is read is at most 5 s old, and while Postgres is away
what was read in the last 5 minutes still serves.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from kernel.clock import Clock, utc_now
from kernel.directory.attachments import Attachments
from kernel.directory.keys import Keys
from kernel.directory.kinds import Kinds
from kernel.directory.links import Links
from kernel.directory.people import People
from kernel.directory.request_secrets import RequestSecrets
from kernel.directory.sign_ins import SignIns
from kernel.directory.store import Store
from kernel.directory.tenants import Tenants
from kernel.directory.tokens import Tokens
from kernel.errors import NotFound
from kernel.postgres import connect
from kernel.secrets import Keyring
from kernel.settings import Settings

COMPONENT = "directory"
MIGRATIONS = Path(__file__).parent / "migrations"
_POOL_SIZE = 3


class Directory:
    """Reference data of all tenants.

    `now` gives seconds of a clock that never goes back; it ages what is cached.
    """

    def __init__(
        self,
        pool: Any,
        keyring: Keyring,
        *,
        clock: Clock = utc_now,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        store = Store(pool)
        self.tenants = Tenants(store)
        self.people = People(store, now)
        self.keys = Keys(store, keyring, clock, now)
        self.links = Links(store)
        self.attachments = Attachments(store)
        self.kinds = Kinds(store, now)
        self.sign_ins = SignIns(store, Tokens(keyring, clock), clock, now)
        self.request_secrets = RequestSecrets(store, keyring)

    @classmethod
    async def connect(cls, settings: Settings) -> Self:
        """The directory on a small pool of its own; Postgres may still be away.

        Raises:
            Misconfigured: there is no key to open secrets with.
        """
        keyring = Keyring.of(settings)
        return cls(await connect(settings.pg_dsn, min_size=0, max_size=_POOL_SIZE), keyring)

    async def close(self) -> None:
        """Gives the pool's connections back."""
        await self._pool.close()

    async def callback_secrets(self, secret_ref: str, tenant: str) -> tuple[str, ...]:
        """The secrets that sign a tenant's callbacks, newest first; several while one rotates.

        `secret_ref` is what a request's callback says: `key:<id>` or `request:<id>:<mark>`.

        Raises:
            NotFound: the tenant has none such.
            Unavailable: Postgres is away, and was when last asked.
        """
        match secret_ref.split(":"):
            case ["key", key_id]:
                return await self.keys.signing_secrets(tenant, key_id)
            case ["request", request_id, mark]:
                return (await self.request_secrets.get(tenant, request_id, mark),)
            case _:
                raise NotFound("there is no such callback secret")
