"""Puts a rebuilt view in the place of the live one, in one transaction."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from kernel.chain import Head
from kernel.errors import HandraiseError
from projections.build import Build
from projections.database import lost
from projections.fresh import drop_schema
from projections.positions import Position, positions
from projections.view import View

LOCK_TIMEOUT = "10s"


class Different(HandraiseError):
    """The live view is not what the log says."""


def goals_of(standing: Mapping[int, Position]) -> dict[int, int]:
    """The log offsets behind the heads where a view stands."""
    return {partition: position.head.log_offset + 1 for partition, position in standing.items()}


def heads_of(standing: Mapping[int, Position]) -> dict[int, Head]:
    """The heads where a view stands, without partitions that it has not begun."""
    return {p: at.head for p, at in standing.items() if at.head.log_offset >= 0}


@asynccontextmanager
async def held(live: Any) -> AsyncGenerator[dict[int, Position]]:
    """A transaction in which the live view moves no further; gives where it stands.

    The projector's next transaction waits for the lock before it has locked anything else, and
    looks its tables up by name once more when it gets it: after a swap it finds the new ones.
    """
    async with live.transaction():
        await live.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        await live.execute("LOCK TABLE position IN EXCLUSIVE MODE")
        yield await positions(live)


async def swap_equal(live: Any, build: Build, view: View) -> None:
    """Lets the build catch up with the live view, which waits meanwhile, and swaps them.

    Raises:
        Different: they stand at other records of the log.
    """
    async with held(live) as standing:
        await build.reach(goals_of(standing))
        if heads_of(await positions(build.connection)) != heads_of(standing):
            raise Different(f"the live {view.name} stands at records that the log does not hold")
        for table in view.carried:
            await live.execute(f"DROP TABLE {view.fresh}.{table}")
            await live.execute(f"ALTER TABLE {view.name}.{table} SET SCHEMA {view.fresh}")
        await _rename(live, view)
    await _drop_retired(live, view)


async def swap_anyway(live: Any, build: Build, view: View) -> None:
    """Lets the build catch up with the log's end and swaps; nothing is taken over."""
    async with held(live):
        await build.reach(await build.ends())
        await _rename(live, view)
    await _drop_retired(live, view)


async def _rename(live: Any, view: View) -> None:
    await live.execute(f"ALTER SCHEMA {view.name} RENAME TO {view.retired}")
    await live.execute(f"ALTER SCHEMA {view.fresh} RENAME TO {view.name}")


async def _drop_retired(live: Any, view: View) -> None:
    # Somebody may still read the old tables; the next rebuild then drops them.
    with suppress(*lost):
        await live.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        await drop_schema(live, view.retired)
