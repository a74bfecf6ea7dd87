"""Tells the open pages of a user that something has changed."""

import asyncio
from collections.abc import AsyncGenerator


class Hub:
    """Those who listen in this process; signs that come in a burst are told as one."""

    def __init__(self) -> None:
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    def tell(self, *user_ids: str) -> None:
        """Something that these users see has changed."""
        for user_id in user_ids:
            for bell in self._bells.get(user_id, ()):
                bell.set()

    async def signs(self, user_id: str, quiet_seconds: float) -> AsyncGenerator[bool]:
        """True at each change, False after so long without one; ends when the hub closes."""
        bell = asyncio.Event()
        self._bells.setdefault(user_id, set()).add(bell)
        try:
            while not self._closed:
                try:
                    async with asyncio.timeout(quiet_seconds):
                        await bell.wait()
                except TimeoutError:
                    yield False
                    continue
                bell.clear()
                if not self._closed:
                    yield True
        finally:
            self._bells[user_id].discard(bell)

    def close(self) -> None:
        """Let all listeners go."""
        self._closed = True
        self.tell(*self._bells)
