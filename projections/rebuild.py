"""Rebuilds a view beside the live one, proves the two equal, and swaps the new one in.

`python -m projections.rebuild inbox|history [--check-only | --replace]`
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Any

from kernel.errors import HandraiseError, Misconfigured
from kernel.settings import Settings
from projections.build import PATIENT, Build, building
from projections.console import Console
from projections.crew import frugal, reach_together
from projections.database import connected, lost
from projections.every import VIEWS
from projections.fresh import drop_fresh, drop_indexes
from projections.ownership import lock_class
from projections.positions import positions
from projections.proof import differences, digests
from projections.swap import Different, goals_of, heads_of, held, swap_anyway, swap_equal
from projections.view import View

NEAR = 1000
# So many log records are worth starting processes for.
FAR = 20_000


class Mode(StrEnum):
    """What is done with the build: swapped in if equal, only compared, or swapped in anyway."""

    SWAP = "swap"
    CHECK = "check"
    REPLACE = "replace"


async def rebuild(settings: Settings, view: View, console: Console, mode: Mode) -> None:
    """Builds the view from the first record of the log up to where the live one stands.

    Until the swap, which is one transaction, the live view goes on untouched; whatever fails leaves
    it as it was. `REPLACE` is for a live view that is known to be wrong or older than the code: it
    goes up to the log's end and swaps without comparing.

    Raises:
        Different: the live view is not what the log says.
        Misconfigured: another rebuild of this view is under way.
        Unavailable, LogCut, Unreadable: as their names say.
    """
    async with connected(settings.pg_dsn, view.name, **PATIENT) as live:
        lock = lock_class(f"handraise rebuild {view.name}")
        if not await live.fetchval("SELECT pg_try_advisory_lock($1, 0)", lock):
            raise Misconfigured(f"another rebuild of {view.name} is under way")
        try:
            async with building(settings, view, console.progress) as build:
                replacing = mode is Mode.REPLACE
                goals = build.ends if replacing else partial(_live_goals, live)
                await fill(settings, build, view, goals)
                if mode is Mode.REPLACE:
                    await swap_anyway(live, build, view)
                else:
                    await _prove(live, build, view, console)
                if mode is Mode.SWAP:
                    await swap_equal(live, build, view)
        finally:
            with suppress(*lost):
                await drop_fresh(live, view)


async def _live_goals(live: Any) -> dict[int, int]:
    return goals_of(await positions(live))


async def fill(
    settings: Settings,
    build: Build,
    view: View,
    goals: Callable[[], Awaitable[Mapping[int, int]]],
) -> None:
    """Reads up to goals that move on meanwhile, and makes the indexes before the last stretch."""
    indexes = await drop_indexes(build.connection, view.fresh)
    far = await goals()
    if await build.behind(far) >= FAR:
        await reach_together(settings, view, build, far)
    await _approach(build, goals)
    for statement in indexes:
        await build.connection.execute(statement)
    await build.connection.execute("ANALYZE")
    await _approach(build, goals)


async def _approach(build: Build, goals: Callable[[], Awaitable[Mapping[int, int]]]) -> None:
    behind = NEAR
    while behind >= NEAR:
        await build.reach(await goals())
        behind = await build.behind(await goals())


async def _prove(live: Any, build: Build, view: View, console: Console) -> None:
    async with live.transaction(isolation="repeatable_read", readonly=True):
        standing = await positions(live)
        expected = await digests(live, view)
    await build.reach(goals_of(standing))
    found = await digests(build.connection, view)
    same_place = heads_of(await positions(build.connection)) == heads_of(standing)
    if same_place and found == expected:
        rows = ", ".join(f"{table} {digest.rows:,}" for table, digest in found.items())
        console.line(f"{view.name}: equal, row by row ({rows})")
        return
    async with held(live) as standing:
        await build.reach(goals_of(standing))
        some = await differences(live, view)
    raise Different("\n  ".join((f"the live {view.name} is not what the log says:", *some)))


def main() -> int:
    """Runs the command; gives the exit status: 0 done, 1 failed or different, 2 misused."""
    parser = argparse.ArgumentParser(prog="projections.rebuild", description=__doc__)
    parser.add_argument("view", choices=sorted(VIEWS))
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check-only", action="store_true", help="compare, and swap nothing")
    choice.add_argument("--replace", action="store_true", help="swap without comparing")
    said = parser.parse_args()
    mode = Mode.CHECK if said.check_only else Mode.REPLACE if said.replace else Mode.SWAP
    console = Console(sys.stdout, said.view)
    frugal()
    try:
        asyncio.run(rebuild(Settings.load(), VIEWS[said.view], console, mode))
    except (HandraiseError, *lost) as error:
        console.line(f"{said.view}: {error}\nThe live view was left as it was.")
        return 1
    console.line(f"{said.view}: {'nothing was changed' if mode is Mode.CHECK else 'swapped in'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
