"""Which person of a tenant a Slack user is, as that person said on a signed-in page."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from kernel.clock import Clock, utc_now
from kernel.directory.store import Store
from kernel.secrets import Keyring

OFFER_VALID = timedelta(minutes=30)
_purpose = "slack link"
_digest_bytes = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """A user of a tenant's Slack workspace."""

    tenant: str
    team_id: str
    user_id: str


class SlackPeople:
    """The links between Slack users and people of all tenants."""

    def __init__(self, store: Store, keyring: Keyring, clock: Clock = utc_now) -> None:
        self._store = store
        self._key = keyring.subkey(_purpose)
        self._clock = clock

    async def person_of(self, user: SlackUser) -> str | None:
        """The id of the person that this user said to be.

        Raises:
            Unavailable: Postgres is away.
        """
        row = await self._store.of(user.tenant).row(
            "SELECT person FROM directory.slack_people"
            " WHERE tenant = $1 AND team_id = $2 AND slack_user = $3",
            user.tenant,
            user.team_id,
            user.user_id,
        )
        return row and row["person"]

    async def link(self, user: SlackUser, person: str) -> None:
        """Lets a Slack user act as a person of its tenant, in the place of whom it was before.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(user.tenant).row(
            "INSERT INTO directory.slack_people (tenant, team_id, slack_user, person)"
            " SELECT tenant, $2, $3, id FROM directory.people WHERE tenant = $1 AND id = $4"
            " ON CONFLICT (tenant, team_id, slack_user) DO UPDATE SET person = excluded.person",
            user.tenant,
            user.team_id,
            user.user_id,
            person,
        )

    def offer(self, user: SlackUser) -> str:
        """What proves for half an hour that Slack said this user is who opens our page."""
        until = int((self._clock() + OFFER_VALID).timestamp())
        said = orjson.dumps([user.tenant, user.team_id, user.user_id, until])
        return base64.urlsafe_b64encode(self._digest(said) + said).decode().rstrip("=")

    def offered(self, text: str) -> SlackUser | None:
        """The user of an offer of ours that still holds."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        said = raw[_digest_bytes:]
        if not hmac.compare_digest(self._digest(said), raw[:_digest_bytes]):
            return None
        tenant, team_id, user_id, until = orjson.loads(said)
        if self._clock() >= datetime.fromtimestamp(until, self._clock().tzinfo):
            return None
        return SlackUser(tenant=tenant, team_id=team_id, user_id=user_id)

    def _digest(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")
