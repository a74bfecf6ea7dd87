"""The browsers that people want to be told in, and the key by which push services know us."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from kernel.directory.cache import ReadThrough
from kernel.directory.store import Store
from kernel.ids import derived_id
from kernel.secrets import Keyring, Place

SUBSCRIPTIONS_MAX = 20
_keys_place = Place("", "push_keys", "only")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One browser: where pushes to it are posted, and its keys (RFC 8291), in base64url."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


class Push:
    """The subscriptions of all people, and our key pair (VAPID, RFC 8292)."""

    def __init__(self, store: Store, keyring: Keyring, now: Callable[[], float]) -> None:
        self._store = store
        self._keyring = keyring
        self._ids = ReadThrough(self._load_ids, now=now)

    async def public_key(self) -> str:
        """Our public key as browsers want it: an uncompressed point in base64url.

        Raises:
            Unavailable: Postgres is away.
        """
        return (await self._keys())[0]

    async def private_key(self) -> str:
        """Our private key in PEM (PKCS 8).

        Raises:
            Unavailable: Postgres is away.
            Unreadable: it was sealed with a key that is not here.
        """
        return self._keyring.open((await self._keys())[1], _keys_place)

    async def ids_of(self, tenant: str, person: str) -> tuple[str, ...]:
        """The ids of a person's subscriptions; at most 5 s old.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        return await self._ids.get((tenant, person))

    async def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """A subscription by its id.

        Raises:
            Unavailable: Postgres is away.
            Unreadable: it was sealed with a key that is not here.
        """
        row = await self._store.of(tenant).row(
            "SELECT sealed FROM directory.push_subscriptions WHERE tenant = $1 AND id = $2",
            tenant,
            subscription_id,
        )
        if row is None:
            return None
        opened = self._keyring.open(row["sealed"], _place(tenant, subscription_id))
        return Subscription(**orjson.loads(opened))

    async def subscribe(self, tenant: str, person: str, given: Subscription) -> str:
        """Keeps a subscription and gives its id; again is the same as once.

        Beyond so many of one person the oldest go.

        Raises:
            Unavailable: Postgres is away.
        """
        key = subscription_id(tenant, person, given.endpoint)
        sealed = self._keyring.seal(orjson.dumps(asdict(given)).decode(), _place(tenant, key))
        await self._store.of(tenant).row(
            "WITH many AS (DELETE FROM directory.push_subscriptions WHERE id IN ("
            " SELECT id FROM directory.push_subscriptions WHERE tenant = $2 AND person = $3"
            " AND id <> $1 ORDER BY created_at DESC OFFSET $5))"
            " INSERT INTO directory.push_subscriptions (id, tenant, person, sealed)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            key,
            tenant,
            person,
            sealed,
            SUBSCRIPTIONS_MAX - 1,
        )
        self._ids.forget((tenant, person))
        return key

    async def end(self, tenant: str, person: str, subscription_id: str) -> None:
        """Ends a subscription of this person; there being none is no matter.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "DELETE FROM directory.push_subscriptions"
            " WHERE tenant = $1 AND person = $2 AND id::text = $3",
            tenant,
            person,
            subscription_id,
        )
        self._ids.forget((tenant, person))

    async def remove(self, tenant: str, key: str) -> None:
        """Forgets a subscription by its id.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "DELETE FROM directory.push_subscriptions WHERE tenant = $1 AND id = $2", tenant, key
        )

    async def _load_ids(self, key: tuple[str, str]) -> tuple[str, ...]:
        rows = await self._store.of(key[0]).rows(
            "SELECT id FROM directory.push_subscriptions WHERE tenant = $1 AND person = $2"
            " ORDER BY id",
            *key,
        )
        return tuple(str(row["id"]) for row in rows)

    async def _keys(self) -> tuple[str, bytes]:
        """The pair, made by whoever needs it first."""
        found = await self._store.row("SELECT public_key, sealed FROM directory.push_keys")
        if found is None:
            public, private = await asyncio.to_thread(_new_pair)
            await self._store.row(
                "INSERT INTO directory.push_keys (public_key, sealed) VALUES ($1, $2)"
                " ON CONFLICT DO NOTHING",
                public,
                self._keyring.seal(private, _keys_place),
            )
            found = await self._store.row("SELECT public_key, sealed FROM directory.push_keys")
        return (found["public_key"], found["sealed"]) if found else ("", b"")


def subscription_id(tenant: str, person: str, endpoint: str) -> str:
    """The one id of a person's subscription to an endpoint."""
    return derived_id("push", tenant, person, endpoint)


def _new_pair() -> tuple[str, str]:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode(), pem.decode()


def _place(tenant: str, key: str) -> Place:
    return Place(tenant, "push_subscription", key)
