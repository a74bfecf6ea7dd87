"""Those who listen to a tenant's stream, each with a buffer that can't grow without end."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

listening = Gauge("handraise_streams", "Streams that are open")
dropped = Counter("handraise_streams_dropped", "Streams ended because their client was too slow")

MAX_FRAMES = 512
MAX_BYTES = 512 * 1024


class Stream:
    """One client's events that were not sent yet.

    A client that takes them more slowly than they come is dropped: it comes back with the id of the
    last event that it got, and misses nothing.
    """

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self.overflowed = asyncio.Event()

    def offer(self, frames: Iterable[bytes]) -> None:
        """Adds events; with too many of them the client is given up."""
        if self.overflowed.is_set():
            return
        for frame in frames:
            self._frames.append(frame)
            self._bytes += len(frame)
        if len(self._frames) > MAX_FRAMES or self._bytes > MAX_BYTES:
            self._frames.clear()
            self.overflowed.set()
            dropped.inc()
        self._news.set()

    def wake(self) -> None:
        """Lets the client look whether there is anything to do but wait."""
        self._news.set()

    @property
    def waits(self) -> bool:
        """Whether there are events that were not sent, or are lost: nothing later may be told."""
        return bool(self._frames) or self.overflowed.is_set()

    async def taken(self, until: float) -> bytes:
        """What there is to send by this moment of the loop's clock; empty if nothing came."""
        try:
            async with asyncio.timeout_at(until):
                await self._news.wait()
        except TimeoutError:
            return b""
        self._news.clear()
        sent = b"".join(self._frames)
        self._frames.clear()
        self._bytes = 0
        return sent


class Audience:
    """All streams, by tenant."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)

    @property
    def tenants(self) -> frozenset[str]:
        """The tenants that anybody listens to."""
        return frozenset(self._streams)

    @contextmanager
    def join(self, tenant: str) -> Generator[Stream]:
        """A stream of what is told from here on."""
        stream = Stream()
        self._streams[tenant].add(stream)
        with listening.track_inprogress():
            try:
                yield stream
            finally:
                self._streams[tenant].discard(stream)
                if not self._streams[tenant]:
                    del self._streams[tenant]

    def tell(self, tenant: str, frames: Iterable[bytes]) -> None:
        """Tells all who listen to a tenant."""
        told = tuple(frames)
        for stream in self._streams.get(tenant, ()):
            stream.offer(told)

    def tell_all(self, frame: bytes) -> None:
        """Tells everybody."""
        for tenant in self.tenants:
            self.tell(tenant, (frame,))

    def wake_all(self) -> None:
        """Wakes everybody, with nothing to tell."""
        for streams in self._streams.values():
            for stream in streams:
                stream.wake()
