"""The directory as the services see it: one object with a part for each noun.

Only the api writes; everyone reads. What is read is at most 5 s old, and while Postgres is away
what was read in the last 5 minutes still serves.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from kernel.clock import Clock, utc_now
from kernel.directory.answer_links import AnswerLinks
from kernel.directory.attachments import Attachments
from kernel.directory.audit import Audit
from kernel.directory.departures import Departures
from kernel.directory.duty import Duty
from kernel.directory.failures import Failures
from kernel.directory.federated import Federated
from kernel.directory.invitations import Invitations
from kernel.directory.keys import Keys
from kernel.directory.kinds import Kinds
from kernel.directory.links import Links
from kernel.directory.people import People
from kernel.directory.preferences import AllPreferences
from kernel.directory.push import Push
from kernel.directory.request_secrets import RequestSecrets
from kernel.directory.saved_filters import SavedFilters
from kernel.directory.sign_ins import SignIns
from kernel.directory.slack_people import SlackPeople
from kernel.directory.slack_workspaces import SlackWorkspaces
from kernel.directory.staff import Staff
from kernel.directory.standing_rules import StandingRules
from kernel.directory.store import Store
from kernel.directory.tenant_notices import AllTenantNotices
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

    Over the front door's pool each question shows one tenant's rows. What is looked up by a secret
    that says nothing of its tenant, or kept in order for all of them, goes by the pool `past`.
    `now` gives seconds of a clock that never goes back; it ages what is cached.
    """

    def __init__(
        self,
        pool: Any,
        keyring: Keyring,
        *,
        clock: Clock = utc_now,
        now: Callable[[], float] = time.monotonic,
        past: Any = None,
    ) -> None:
        self._pool = pool
        store, all_tenants = Store(pool), Store(past or pool)
        self.tenants = Tenants(store)
        self.people = People(store, now, clock)
        self.keys = Keys(store, keyring, clock, now)
        self.links = Links(store)
        self.attachments = Attachments(store, all_tenants)
        self.kinds = Kinds(store, now)
        self.standing_rules = StandingRules(store, now)
        self.sign_ins = SignIns(store, Tokens(keyring, clock), clock, now)
        self.request_secrets = RequestSecrets(store, keyring)
        self.staff = Staff(store, self.people, clock)
        self.invitations = Invitations(store, self.people, clock)
        self.federated = Federated(store, self.people)
        self.departures = Departures(all_tenants)
        self.audit = Audit(store, all_tenants)
        self.failures = Failures(store, keyring, clock)
        self.saved_filters = SavedFilters(store)
        self.duty = Duty(store, clock, now)
        self.preferences = AllPreferences(store, keyring, now)
        self.push = Push(all_tenants, keyring, now)
        self.tenant_notices = AllTenantNotices(store, keyring, now)
        self.answer_links = AnswerLinks(store, keyring, clock)
        self.slack_workspaces = SlackWorkspaces(store, keyring, now)
        self.slack_people = SlackPeople(store, keyring, clock)

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
