"""Fills a fresh view with several processes at once, each with its share of the partitions."""

import asyncio
import gc
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from kernel.settings import Settings
from projections.build import Build, Progress, building_on
from projections.every import VIEWS
from projections.view import View

MOST_WORKERS = 8
LOOK_SECONDS = 1.0

Goals = Mapping[int, int]


def cores() -> int:
    """How many processes can work at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shares(goals: Goals, workers: int) -> list[dict[int, int]]:
    """The goals dealt out, the longest ways first, to at most so many workers."""
    ways = sorted((p for p, goal in goals.items() if goal > 0), key=lambda p: (-goals[p], p))
    dealt = [{p: goals[p] for p in ways[first::workers]} for first in range(workers)]
    return [share for share in dealt if share]


async def reach_together(settings: Settings, view: View, build: Build, goals: Goals) -> None:
    """Brings a fresh build to its goals by as many processes as there are cores.

    Raises:
        Unavailable, LogCut, Unreadable: as a process found it; the others are waited for.
    """
    loop = asyncio.get_running_loop()
    dealt = shares(goals, min(cores(), MOST_WORKERS))
    if len(dealt) < 2:  # noqa: PLR2004 -- one worker is this process
        return
    with ProcessPoolExecutor(len(dealt), mp_context=get_context("spawn")) as pool:
        work = [loop.run_in_executor(pool, _fill, settings, view.name, share) for share in dealt]
        watching = asyncio.create_task(build.watch(goals, LOOK_SECONDS))
        try:
            await asyncio.gather(*work)
        finally:
            watching.cancel()


def _fill(settings: Settings, view: str, goals: Goals) -> None:
    frugal()
    asyncio.run(_reach(settings, VIEWS[view], goals))


async def _reach(settings: Settings, view: View, goals: Goals) -> None:
    async with building_on(settings, view, _unseen) as build:
        await build.reach(goals)


def _unseen(_progress: Progress) -> None:
    """The process that asked looks at the positions itself."""


def frugal() -> None:
    """Lets the garbage collector look less often: a build makes much, and leaves no rings."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
