"""What the SQL of the stores needs of a database: a connection that runs statements.

Parameters are written $1, $2, …; PostgreSQL and SQLite both read them so.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

Row: TypeAlias = Mapping[str, Any]


class Connection(Protocol):
    """A connection in a transaction."""

    async def fetch(self, sql: str, *values: Any) -> Sequence[Row]:
        """The rows that a statement brings; also those of `RETURNING`."""
        ...


class Database(Protocol):
    """A place where connections come from."""

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A connection in a transaction: committed at the end, undone by an exception."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
