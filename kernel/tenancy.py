"""Whose data a piece of work is about, and a pool of connections that shows no other's.

The front door's connections are those of the role `handraise_api`, which owns nothing: row-level
security shows it the rows of one tenant, the one in the setting `handraise.tenant`, and none where
that is not set. See `kernel.wall` for the policies, and docs/identity.md for the reasons.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

from kernel.borrowing import Borrowing

WALLED = "handraise_api"
"""The role that row-level security binds."""

tenant_now: ContextVar[str] = ContextVar("tenant_now", default="")
"""Whose call this is, for what is shared far below it."""


@contextmanager
def within(tenant: str) -> Generator[None]:
    """Makes a piece of work about one tenant."""
    before = tenant_now.set(tenant)
    try:
        yield
    finally:
        tenant_now.reset(before)


class WalledPool(Borrowing):
    """A pool whose connections show the rows of the tenant that the work is about, and no others.

    Its connections must come from `kernel.postgres.connect(..., role=WALLED)`.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @asynccontextmanager
    async def acquire(self, *, timeout: float | None = None) -> AsyncGenerator[Any]:  # noqa: ASYNC109 -- as asyncpg has it
        """A connection; telling it the tenant costs a round trip where it served another last."""
        async with self._pool.acquire(timeout=timeout) as connection:
            await connection.belong_to(tenant_now.get())
            yield connection

    async def close(self) -> None:
        """Gives the connections back."""
        await self._pool.close()

    def terminate(self) -> None:
        """Cuts the connections."""
        self._pool.terminate()
