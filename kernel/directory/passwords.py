"""Passwords: hashed with argon2id (RFC 9106), off the event loop, few at a time.

Its costs are those that the OWASP Password Storage Cheat Sheet names first: 46 MiB, one pass, one
lane.
"""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.validation import flawed

MIN_CHARS = 10
MAX_CHARS = 200
_AT_A_TIME = 2
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)


class Passwords:
    """Hashes passwords and compares them; each takes tens of milliseconds and 46 MiB."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(_AT_A_TIME)

    async def hashed(self, password: str) -> str:
        """The hash of a password.

        Raises:
            Invalid: too short or too long.
        """
        if not MIN_CHARS <= len(password) <= MAX_CHARS:
            raise flawed("/password", f"a password has {MIN_CHARS} to {MAX_CHARS} characters")
        async with self._gate:
            return await asyncio.to_thread(_hasher.hash, password)

    async def matches(self, password: str, known: str | None) -> bool:
        """Whether a password has this hash; where there is none it takes as long to say no."""
        if len(password) > MAX_CHARS:
            return False
        async with self._gate:
            same = await asyncio.to_thread(_same, password, known)
        return same and known is not None


def _same(password: str, known: str | None) -> bool:
    try:
        return _hasher.verify(known or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
