"""A read-through cache: what it gives is seconds old, or minutes while the source is away."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from kernel.errors import Unavailable

FRESH_SECONDS = 5.0
STALE_SECONDS = 300.0
RETRY_SECONDS = 1.0
MAX_ENTRIES = 10_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    loaded_at: float
    good_until: float


class ReadThrough(Generic[K, V]):
    """Keeps what a loader gave; `now` gives seconds of a clock that never goes back."""

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        *,
        now: Callable[[], float] = time.monotonic,
        size: int = MAX_ENTRIES,
    ) -> None:
        self._load = load
        self._now = now
        self._size = size
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._loading: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """The value: at most 5 s old, or at most 5 min while the source is away.

        Raises:
            Unavailable: the source is away, and has been for longer, or never gave this value.
        """
        entry = self._entries.get(key)
        if entry is not None and self._now() < entry.good_until:
            self._entries.move_to_end(key)
            return entry.value
        loading = self._loading.get(key)
        if loading is None:
            loading = asyncio.create_task(self._renewed(key))
            self._loading[key] = loading
            loading.add_done_callback(lambda done: self._loaded(key, done))
        # Who gives up waiting does not take the value away from those who wait too.
        return await asyncio.shield(loading)

    def forget(self, key: K) -> None:
        """Makes the next `get` load anew, whatever is being loaded now."""
        self._entries.pop(key, None)
        self._loading.pop(key, None)

    async def _renewed(self, key: K) -> V:
        me = asyncio.current_task()
        started_at = self._now()
        try:
            value = await self._load(key)
        except Unavailable:
            entry = self._entries.get(key)
            if entry is None or self._now() >= entry.loaded_at + STALE_SECONDS:
                raise
            entry.good_until = self._now() + RETRY_SECONDS
            return entry.value
        if self._loading.get(key) is me:
            self._entries[key] = _Entry(value, started_at, started_at + FRESH_SECONDS)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
        return value

    def _loaded(self, key: K, done: asyncio.Task[V]) -> None:
        if self._loading.get(key) is done:
            del self._loading[key]
        if not done.cancelled():
            done.exception()
