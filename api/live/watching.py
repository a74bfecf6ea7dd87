"""The waiting room of long polls: a call is woken when what it watches has moved."""

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import Gauge

watching = Gauge("handraise_watchers", "Calls that wait for a view to move")

Key = str | int
"""What is watched: a request id, or a partition of the view."""


class Watch:
    """One call's place in the waiting room; it is woken as often as something moves."""

    def __init__(self, room: "WaitingRoom") -> None:
        self._room = room
        self._moved = asyncio.Event()

    def wake(self) -> None:
        """Says that something moved."""
        self._moved.set()

    async def moved(self, until: float) -> bool:
        """Waits for the next move, to this moment of the loop's clock; False if none came.

        It is False at once when the process is about to stop, so that nobody holds it up.
        """
        if self._room.closed:
            return False
        try:
            async with asyncio.timeout_at(until):
                await self._moved.wait()
        except TimeoutError:
            return False
        self._moved.clear()
        return not self._room.closed


class WaitingRoom:
    """All who wait."""

    def __init__(self) -> None:
        self._watches: defaultdict[Key, set[Watch]] = defaultdict(set)
        self.closed = False

    @contextmanager
    def watch(self, *keys: Key) -> Generator[Watch]:
        """A watch on requests and partitions; look at the view after this, not before."""
        watch = Watch(self)
        for key in keys:
            self._watches[key].add(watch)
        with watching.track_inprogress():
            try:
                yield watch
            finally:
                for key in keys:
                    self._leave(key, watch)

    def wake(self, *keys: Key) -> None:
        """Wakes those who watch one of these."""
        for key in keys:
            for watch in self._watches.get(key, ()):
                watch.wake()

    def wake_all(self) -> None:
        """Wakes everyone."""
        for watches in self._watches.values():
            for watch in watches:
                watch.wake()

    def close(self) -> None:
        """Lets all go with what there is; nobody waits here any more."""
        self.closed = True
        self.wake_all()

    def _leave(self, key: Key, watch: Watch) -> None:
        self._watches[key].discard(watch)
        if not self._watches[key]:
            del self._watches[key]
