"""Keeps guessers waiting, whichever process they ask, and after a restart too.

Failures are counted in this process, which costs nothing, and in Postgres for all of them.
"""

from contextlib import suppress

from api.errors import TooMany
from api.identity.throttle import MAX_FAILURES, Throttle
from kernel.directory.failures import Failures
from kernel.errors import Unavailable

CREDENTIAL_FAILURES = 100


class LockOut:
    """Who must wait: names that failed to sign in, and addresses that send false credentials."""

    def __init__(self, failures: Failures, sign_ins: Throttle, credentials: Throttle) -> None:
        self._failures = failures
        self._sign_ins = sign_ins
        self._credentials = credentials

    async def check(self, *names: str) -> None:
        """Lets an attempt to sign in through.

        Raises:
            TooMany: one of the names has failed too often of late, here or elsewhere.
            Unavailable: Postgres is away.
        """
        self._sign_ins.check(*names)
        wait = await self._failures.wait_seconds([(name, MAX_FAILURES) for name in names])
        if wait:
            raise TooMany("Too many failed attempts; wait before the next", wait)

    async def failed(self, *names: str) -> None:
        """Notes a failed attempt to sign in.

        Raises:
            Unavailable: Postgres is away.
        """
        self._sign_ins.failed(*names)
        await self._failures.add(*names)

    async def succeeded(self, name: str) -> None:
        """Forgets the failures of a name that has proved itself.

        Raises:
            Unavailable: Postgres is away.
        """
        self._sign_ins.succeeded(name)
        await self._failures.forget(name)

    async def false_credential(self, address: str) -> None:
        """Notes a key or token that does not hold. Those that hold are never kept waiting.

        Raises:
            TooMany: too many came from this address of late.
        """
        name = f"credential {address}"
        self._credentials.check(name)
        self._credentials.failed(name)
        # Nobody is let in here: while Postgres is away the count of this process must do.
        with suppress(Unavailable):
            await self._failures.add(name)
            wait = await self._failures.wait_seconds([(name, CREDENTIAL_FAILURES)])
            if wait:
                raise TooMany("Too many credentials that do not hold came from here", wait)
