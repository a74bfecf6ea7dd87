"""What queries use of an asyncpg pool, over connections that are lent in a way of one's own."""

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Any


class Borrowing(ABC):
    """A pool by its `acquire`: each call borrows a connection and gives it back."""

    @abstractmethod
    def acquire(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Any]:
        """A connection while the block runs."""

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """All rows."""
        async with self.acquire() as connection:
            return await connection.fetch(query, *values)

    async def fetchrow(self, query: str, *values: Any) -> Any:
        """The first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        """The first value of the first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetchval(query, *values)

    async def execute(self, query: str, *values: Any) -> str:
        """Runs a statement; gives its command tag."""
        async with self.acquire() as connection:
            return await connection.execute(query, *values)
