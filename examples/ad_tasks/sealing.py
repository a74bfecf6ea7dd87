"""Seals secrets at rest: AES-256-GCM, bound to the place where each is kept."""

import base64
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12
_KEY_BITS: Final = 256


class Seal:
    """Seals and opens with one key, kept in a file that only its owner can read."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def kept_in(cls, file: Path) -> "Seal":
        """The seal of this key file, made where it is missing."""
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            door = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(file.read_bytes())
        with os.fdopen(door, "wb") as made:
            made.write(key := AESGCM.generate_key(_KEY_BITS))
        return cls(key)

    def closed(self, secret: str, place: str) -> str:
        """The secret as it may be stored at this place."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), place.encode())
        return base64.b64encode(nonce + sealed).decode()

    def opened(self, sealed: str, place: str) -> str:
        """The secret; raises InvalidTag for what was sealed with another key or for elsewhere."""
        raw = base64.b64decode(sealed)
        opened = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode())
        return opened.decode()
