"""API keys: the bearer secret that proves an agent, and the signing secret that it shares."""

import hmac
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from kernel.clock import Clock
from kernel.directory.api_key import ApiKey, IssuedKey, key_from
from kernel.directory.cache import ReadThrough
from kernel.directory.principals import Ability, Auth, Principal
from kernel.directory.store import Deed, Store
from kernel.errors import NotFound
from kernel.secrets import Keyring, Place, hash_of, new_api_key, new_signing_secret
from kernel.validation import flawed

KEEP_SECONDS = 24 * 3600
_bearer = re.compile(r"hr_([0-9a-f]{16})_([0-9a-f]{64})")
_key_id = re.compile(r"[0-9a-f]{16}")
_owner = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_no_hash = bytes(32)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs with a key, and the secrets that are valid now, newest first."""

    principal: Principal
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    key: ApiKey
    secret_hash: bytes
    sealed: bytes
    sealed_before: bytes | None
    before_until: datetime | None


class Keys:
    """The API keys of all tenants."""

    def __init__(
        self, store: Store, keyring: Keyring, clock: Clock, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._keys = ReadThrough(self._load, now=now)

    async def authenticate(self, bearer: str) -> Principal | None:
        """The agent whose key this is; a revoked key is nobody's within 5 s.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        parts = _bearer.fullmatch(bearer)
        if parts is None:
            return None
        known = await self._keys.get(parts[1])
        same = hmac.compare_digest(known.secret_hash if known else _no_hash, hash_of(parts[2]))
        if known is None or not same or not known.key.holds_at(self._clock()):
            return None
        return known.key.principal(Auth.API_KEY)

    async def signer(self, key_id: str) -> Signer | None:
        """Who signs asks with this key; a revoked key is nobody's within 5 s.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        known = await self._keys.get(key_id) if _key_id.fullmatch(key_id) else None
        if known is None or not known.key.holds_at(self._clock()):
            return None
        return Signer(known.key.principal(Auth.HMAC), self._valid(known))

    async def signing_secrets(self, tenant: str, key_id: str) -> tuple[str, ...]:
        """The secrets that sign callbacks to a key's owner, newest first.

        A revoked key still signs them: the receiver of an open request knows no other secret.

        Raises:
            NotFound: the tenant has no such key.
            Unavailable: Postgres is away, and was when last asked.
        """
        known = await self._keys.get(key_id)
        if known is None or known.key.tenant != tenant:
            raise NotFound("there is no such key")
        return self._valid(known)

    async def every(self, tenant: str) -> tuple[ApiKey, ...]:
        """All keys of the tenant, by owner, the newest first.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._store.of(tenant).rows(
            "SELECT * FROM directory.api_keys WHERE tenant = $1"
            " ORDER BY owner, created_at DESC, id",
            tenant,
        )
        return tuple(map(key_from, rows))

    async def create(
        self,
        *,
        tenant: str,
        owner: str,
        abilities: Sequence[Ability],
        rotated_from: str | None = None,
        deed: Deed | None = None,
    ) -> IssuedKey:
        """A new key for an owner; an owner's keys act for the same party.

        Raises:
            Invalid: the owner is no name, or looks like a person's id; or there is no such tenant.
            Unavailable: Postgres is away.
        """
        if not _owner.fullmatch(owner) or _is_uuid(owner):
            raise flawed("/owner", "a name of letters, digits and . _ @ - is expected")
        new, signing_secret = new_api_key(), new_signing_secret()
        try:
            row = await self._store.of(tenant).row(
                "INSERT INTO directory.api_keys (id, tenant, owner, secret_hash, abilities,"
                " signing_secret, rotated_from) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *",
                new.id,
                tenant,
                owner,
                new.secret_hash,
                [str(ability) for ability in abilities],
                self._keyring.seal(signing_secret, _place(tenant, new.id)),
                rotated_from,
                deed=deed,
            )
        except asyncpg.ForeignKeyViolationError:
            raise flawed("/tenant", "there is no such tenant") from None
        return IssuedKey(key=key_from(row), bearer=new.bearer, signing_secret=signing_secret)

    async def rotate(
        self, tenant: str, key_id: str, keep_seconds: int, deed: Deed | None = None
    ) -> IssuedKey:
        """A new key in the place of one that still holds, which goes on for so many seconds.

        Raises:
            NotFound: the tenant has no such key, or it is over.
            Unavailable: Postgres is away.
        """
        kept = [one for one in await self.every(tenant) if one.id == key_id]
        if not kept or not kept[0].holds_at(self._clock()):
            raise NotFound("there is no such key")
        issued = await self.create(
            tenant=tenant,
            owner=kept[0].owner,
            abilities=kept[0].abilities,
            rotated_from=key_id,
            deed=deed,
        )
        await self.revoke(tenant, key_id, in_seconds=keep_seconds)
        return issued

    async def revoke(
        self, tenant: str, key_id: str, *, in_seconds: int = 0, deed: Deed | None = None
    ) -> None:
        """Ends a key, now or then; from then on it is refused everywhere within 5 s.

        Raises:
            NotFound: the tenant has no such key.
            Unavailable: Postgres is away.
        """
        row = await self._store.of(tenant).row(
            "UPDATE directory.api_keys SET revoked_at = least(revoked_at, $3)"
            " WHERE tenant = $1 AND id = $2 RETURNING id",
            tenant,
            key_id,
            self._clock() + timedelta(seconds=in_seconds),
            deed=deed,
        )
        self._changed(key_id, row)

    async def rotate_signing_secret(
        self, tenant: str, key_id: str, keep_seconds: int = KEEP_SECONDS
    ) -> str:
        """A new signing secret; the one before signs beside it for a while.

        Raises:
            NotFound: the tenant has no such key.
            Unavailable: Postgres is away.
        """
        fresh = new_signing_secret()
        row = await self._store.of(tenant).row(
            "UPDATE directory.api_keys SET signing_secret_before = signing_secret,"
            " signing_secret_before_until = $4, signing_secret = $3"
            " WHERE tenant = $1 AND id = $2 RETURNING id",
            tenant,
            key_id,
            self._keyring.seal(fresh, _place(tenant, key_id)),
            self._clock() + timedelta(seconds=keep_seconds),
        )
        self._changed(key_id, row)
        return fresh

    def _changed(self, key_id: str, row: Any | None) -> None:
        if row is None:
            raise NotFound("there is no such key")
        self._keys.forget(key_id)

    def _valid(self, known: _Known) -> tuple[str, ...]:
        until, sealed = known.before_until, [known.sealed]
        if known.sealed_before is not None and until is not None and self._clock() < until:
            sealed.append(known.sealed_before)
        place = _place(known.key.tenant, known.key.id)
        return tuple(self._keyring.open(one, place) for one in sealed)

    async def _load(self, key_id: str) -> _Known | None:
        row = await self._store.row("SELECT * FROM directory.key_of_id($1)", key_id)
        if row is None:
            return None
        return _Known(
            key=key_from(row),
            secret_hash=row["secret_hash"],
            sealed=row["signing_secret"],
            sealed_before=row["signing_secret_before"],
            before_until=row["signing_secret_before_until"],
        )


def _place(tenant: str, key_id: str) -> Place:
    return Place(tenant, "api_key.signing_secret", key_id)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
