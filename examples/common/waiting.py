"""Waits for what other processes bring about."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from examples.common.trouble import Trouble

_LOOK_SECONDS = 0.1

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T | None]], what: str, seconds: float) -> T:
    """The first truthy answer of `look`. Raises Trouble when `what` does not come in time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if found := await look():
                    return found
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise Trouble(f"Waited {seconds:.0f} s in vain for {what}") from None
