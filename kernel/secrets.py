"""Keeps secrets: seals them at rest, derives keys for other uses, and makes new ones.

A sealed secret is one version byte, the key's id (8 bytes), a nonce (12 bytes), and AES-256-GCM's
ciphertext with its tag (NIST SP 800-38D). The associated data binds it to its place, so that it
can't be moved to another tenant's row. All keys derive from the master key by HKDF-SHA256
(RFC 5869), one for each purpose.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.errors import Misconfigured, Unreadable
from kernel.settings import Settings

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_head_bytes = len(_VERSION) + _ID_BYTES + _NONCE_BYTES
_local_master = hashlib.sha256(b"handraise: the local stack without a key of its own").digest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed secret belongs: it opens nowhere else."""

    tenant: str
    kind: str
    id: str

    def associated(self) -> bytes:
        """The bytes that the seal covers besides the secret."""
        return json.dumps([self.tenant, self.kind, self.id]).encode()


class Keyring:
    """The master keys: the first seals, all open, so that a key can be rotated."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        self._masters: Mapping[str, bytes] = {_key_id(master): master for master in masters}
        self.current = next(iter(self._masters))

    @classmethod
    def of(cls, settings: Settings) -> "Keyring":
        """The keys of `HANDRAISE_SECRET_KEY`: base64 of 32 bytes each, the current one first.

        Raises:
            Misconfigured: none is set, outside the local stack, or one is no such key.
        """
        texts = [text.strip() for text in settings.secret_key.split(",") if text.strip()]
        if not texts and settings.local:
            return cls([_local_master])
        if not texts:
            raise Misconfigured(
                "HANDRAISE_SECRET_KEY is not set; make one with `openssl rand -base64 32`"
            )
        masters = [_master(text) for text in texts]
        if _local_master in masters and not settings.local:
            raise Misconfigured("HANDRAISE_SECRET_KEY is the local stack's, which everyone knows")
        return cls(masters)

    def seal(self, secret: str, place: Place) -> bytes:
        """The secret, sealed for its place."""
        nonce = os.urandom(_NONCE_BYTES)
        key = AESGCM(self.subkey("seal"))
        sealed = key.encrypt(nonce, secret.encode(), place.associated())
        return _VERSION + bytes.fromhex(self.current) + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> str:
        """The secret that was sealed for this place.

        Raises:
            Unreadable: sealed with a key that is not here, for another place, or altered.
        """
        key_id = sealed[1 : 1 + _ID_BYTES].hex()
        if len(sealed) < _head_bytes or sealed[:1] != _VERSION or key_id not in self._masters:
            raise Unreadable("a sealed secret is in no form, or under no key, that we know")
        nonce = sealed[1 + _ID_BYTES : _head_bytes]
        key = AESGCM(self.subkey("seal", key_id))
        try:
            return key.decrypt(nonce, sealed[_head_bytes:], place.associated()).decode()
        except InvalidTag:
            raise Unreadable("a sealed secret was altered, or belongs to another place") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key sealed it; else it is to be sealed anew before that key goes."""
        return sealed[1 : 1 + _ID_BYTES].hex() == self.current

    def subkey(self, purpose: str, key_id: str | None = None) -> bytes:
        """The 32 bytes for a purpose, of the current or the named master key.

        Raises:
            KeyError: there is no key of that id.
        """
        master = self._masters[key_id or self.current]
        return _derived(master, f"handraise/1/{purpose}")

    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, the current one first."""
        return tuple(self._masters)

    def mark(self, purpose: str, text: str) -> str:
        """16 hex digits that tell texts apart and give nothing away (HMAC-SHA256)."""
        key = self.subkey(f"mark/{purpose}")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made; `bearer` is shown once, only `secret_hash` is kept."""

    id: str
    bearer: str
    secret_hash: bytes


def new_api_key() -> NewApiKey:
    """A fresh API key of 256 bits: `hr_<id>_<secret>`."""
    key_id, secret = secrets.token_hex(8), secrets.token_hex(KEY_BYTES)
    return NewApiKey(key_id, f"hr_{key_id}_{secret}", hash_of(secret))


def new_signing_secret() -> str:
    """A fresh secret for signatures: `whsec_` and base64 of 32 bytes (Standard Webhooks 1.0)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def hash_of(secret: str) -> bytes:
    """SHA-256 of a random secret, as it is kept; too many bits to be guessed need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _master(text: str) -> bytes:
    try:
        master = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        master = b""
    if len(master) != KEY_BYTES:
        raise Misconfigured(
            "HANDRAISE_SECRET_KEY is not base64 of 32 bytes; `openssl rand -base64 32` makes one"
        )
    return master


def _key_id(master: bytes) -> str:
    return _derived(master, "handraise/1/key id")[:_ID_BYTES].hex()


@lru_cache(maxsize=64)
def _derived(master: bytes, info: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info.encode()).derive(master)
