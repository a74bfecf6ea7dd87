"""Waiting for what must come to be true, without guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_SECONDS = 0.05


async def eventually(look: Callable[[], Awaitable[T]], *, within_seconds: float = 30) -> T:
    """The first truthy answer of `look`; fails with the last answer when the time is up."""
    found: T | None = None
    try:
        async with asyncio.timeout(within_seconds):
            while not (found := await look()):
                await asyncio.sleep(LOOK_SECONDS)
            return found
    except TimeoutError:
        raise AssertionError(f"still {found!r} after {within_seconds} s") from None
