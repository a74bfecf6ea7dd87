"""Links by which a person answers one revision of one request from a message, once.

The token in a link is HMAC-SHA256 over what it is bound to and the tenant's id, so that a message
written again for the same delivery holds the same link; only its hash is kept. It opens a page;
whether an answer counts is the writer's word, as for every other.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kernel.clock import Clock, utc_now
from kernel.directory.store import Store
from kernel.secrets import Keyring, hash_of

LONGEST = timedelta(days=7)
KEPT_AFTER = timedelta(days=30)
_purpose = "answer link"
_token = re.compile(r"[A-Za-z0-9_-]{43}\.(?P<tenant>[a-z0-9][a-z0-9_-]{0,62})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLink:
    """What a link is good for; `refused` counts the answers by it that were turned down."""

    tenant: str
    person: str
    request_id: str
    revision: int
    delivery_id: str
    expires_at: datetime
    refused: int = 0
    used_at: datetime | None = None


class AnswerLinks:
    """The links of all tenants."""

    def __init__(self, store: Store, keyring: Keyring, clock: Clock = utc_now) -> None:
        self._store = store
        self._key = keyring.subkey(_purpose)
        self._clock = clock

    async def make(self, link: AnswerLink) -> str:
        """Keeps a link and gives its token; again is the same as once.

        Whoever writes a message to a person calls this with the delivery's id and
        `expires_with(deadline, at)`, and puts `answer_url(public_url, token)` into the message. All
        of it follows from the event, so that the message's bytes do too.

        Raises:
            Unavailable: Postgres is away.
        """
        token = self.token(link)
        await self._store.of(link.tenant).row(
            "WITH outdated AS (DELETE FROM directory.answer_links WHERE expires_at < $8)"
            " INSERT INTO directory.answer_links"
            " (token_hash, tenant, person, request_id, revision, delivery_id, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            hash_of(token),
            link.tenant,
            link.person,
            link.request_id,
            link.revision,
            link.delivery_id,
            link.expires_at,
            self._clock() - KEPT_AFTER,
        )
        return token

    def token(self, link: AnswerLink) -> str:
        """The token of a link: 256 bits in base64url without padding, a dot, and the tenant."""
        bound = (link.tenant, link.delivery_id, link.person, link.request_id, str(link.revision))
        digest = hmac.digest(self._key, "\x1f".join(bound).encode(), "sha256")
        return f"{base64.urlsafe_b64encode(digest).decode().rstrip('=')}.{link.tenant}"

    async def find(self, token: str) -> AnswerLink | None:
        """The link of a token, whether it is still good or not.

        Raises:
            Unavailable: Postgres is away.
        """
        tenant = _tenant_in(token)
        if tenant is None:
            return None
        row = await self._store.of(tenant).row(
            "SELECT * FROM directory.answer_links WHERE token_hash = $1 AND tenant = $2",
            hash_of(token),
            tenant,
        )
        return row and _link(row)

    async def turned_down(self, token: str, link: AnswerLink) -> None:
        """Notes that the answer of this try was turned down: the next is another command.

        Of two tries that were made together only one counts.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(link.tenant).row(
            "UPDATE directory.answer_links SET refused = refused + 1"
            " WHERE token_hash = $1 AND refused = $2",
            hash_of(token),
            link.refused,
        )

    async def spend(self, token: str, link: AnswerLink) -> None:
        """Notes that an answer by this link was taken.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(link.tenant).row(
            "UPDATE directory.answer_links SET used_at = coalesce(used_at, $2)"
            " WHERE token_hash = $1",
            hash_of(token),
            self._clock(),
        )


def _tenant_in(token: str) -> str | None:
    form = _token.fullmatch(token)
    return None if form is None else form["tenant"]


def expires_with(deadline: datetime | None, at: datetime) -> datetime:
    """When a link made because of an event of this time ends: with the deadline, within a week."""
    longest = at + LONGEST
    return longest if deadline is None else min(deadline, longest)


def answer_url(public_url: str, token: str) -> str:
    """The address that goes into the message."""
    return f"{public_url.rstrip('/')}/a/{token}"


def _link(row: Any) -> AnswerLink:
    return AnswerLink(
        tenant=row["tenant"],
        person=row["person"],
        request_id=row["request_id"],
        revision=row["revision"],
        delivery_id=row["delivery_id"],
        expires_at=row["expires_at"],
        refused=row["refused"],
        used_at=row["used_at"],
    )
