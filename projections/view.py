"""What the shared machinery must know of a view, and the piece of log that it applies at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kernel.chain import Admitted, Head


@dataclass(frozen=True, slots=True)
class Slice:
    """Admitted records of one partition in order, with the head before and after them.

    `read_to` is the log offset that comes next; noise behind the last admitted record counts.
    """

    partition: int
    before: Head
    admitted: Sequence[Admitted]
    after: Head
    read_to: int


class Writes(Protocol):
    """What slices come to, given the rows as they are."""

    @property
    def size(self) -> int:
        """How many rows are to be written."""
        ...

    async def add(self, connection: Any, slices: Sequence[Slice]) -> None:
        """Folds slices that follow on those added before; changes no table yet."""
        ...

    async def write(self, connection: Any) -> int:
        """Writes it inside the caller's transaction; gives the number of rows."""
        ...


class Store(Protocol):
    """Turns slices of the log into rows of one view, over one connection."""

    async def prepare(self, connection: Any) -> None:
        """Makes ready a connection that was just opened."""
        ...

    def writes(self) -> Writes:
        """Writes that nothing was added to yet."""
        ...

    async def tidy(self, connection: Any) -> None:
        """Removes what nobody can ask for any more; called now and then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A read model: its name is also that of its Postgres schema.

    `tables` maps each table that follows from the log to its key; two builds of a view are equal if
    these tables are. `carried` are tables that a rebuild takes over from the live schema as they
    are. `gather_ms` is the pace at which it follows the log. `store` makes a store; the argument
    says whether changes are announced to listeners.
    """

    name: str
    migrations: Path
    tables: dict[str, tuple[str, ...]]
    carried: tuple[str, ...] = ()
    gather_ms: int
    store: Callable[[bool], Store]

    @property
    def fresh(self) -> str:
        """The schema in which a rebuild grows."""
        return f"{self.name}_next"

    @property
    def retired(self) -> str:
        """The name that the live schema gets when a rebuild takes its place."""
        return f"{self.name}_old"
