"""The relay of one partition: at least once, in each request's order, with its own position."""

import asyncio
from collections import deque
from functools import partial

from kernel.chain import Head
from kernel.errors import LogCut, Unavailable
from kernel.topics import Topic
from services.request_svc.relaying.outputs import Output
from services.request_svc.relaying.sender import RelaySender
from services.request_svc.relaying.window import RelayWindow

CONGESTED = 5_000
FLOODED = 4 * CONGESTED


class Relay:
    """What of one partition is still to be sent, and the sending.

    `start` is the log offset from which nothing is known to be sent; `start_hash` the hash of the
    head there, as it was noted, or None where none was.
    """

    def __init__(self, sender: RelaySender, start: int, start_hash: bytes | None) -> None:
        self.start = start
        self._start_hash = start_hash
        self._sender = sender
        self._window = RelayWindow(start)
        self._heads: deque[tuple[int, bytes]] = deque()
        self._wake = asyncio.Event()
        self._may_send = True

    def allow(self, *, sending: bool) -> None:
        """Whether to send; who does not own the partition keeps what waits, and waits."""
        self._may_send = sending
        self._wake.set()

    @property
    def sending(self) -> bool:
        """Whether what follows from the log is sent from here."""
        return self._may_send

    @property
    def position(self) -> int:
        """The log offset up to which the broker holds everything that follows."""
        return self._window.position

    @property
    def congested(self) -> bool:
        """Whether so much waits that the writer should wait too."""
        return self._window.waiting > CONGESTED

    @property
    def flooded(self) -> bool:
        """Whether so much waits that reading the log should pause."""
        return self._window.waiting > FLOODED

    def check(self, head: Head, log_offset: int) -> None:
        """Compares the head at the start with the one that was noted there.

        Raises:
            LogCut: they differ.
        """
        if log_offset == self.start and self._start_hash not in (None, head.hash):
            raise LogCut("the relay's position belongs to another log")

    def noted(self) -> tuple[int, bytes | None]:
        """The position with the head's hash there, to be committed."""
        position = self.position
        while self._heads and self._heads[0][0] <= position:
            self._start_hash = self._heads.popleft()[1]
        return position, self._start_hash

    def add(self, log_offset: int, head: Head, outputs: list[Output]) -> None:
        """Takes in what follows from the record at `log_offset`, and the head after it."""
        if log_offset < self.start:
            return
        self._heads.append((log_offset + 1, head.hash))
        self._window.add(log_offset, outputs)
        self._wake.set()

    async def run(self) -> None:
        """Sends until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            # One try per topic: replies do not wait for the registry, which public events need.
            away: dict[Topic, Output] = {}
            for output in self._window.ready() if self._may_send else ():
                if output.topic in away:
                    self._window.failed(output)
                elif not await self._sent(output):
                    away[output.topic] = output
            for output in away.values():  # behind the others, which may have more luck
                self._window.failed(output)
            if away:
                await asyncio.sleep(0.5)
                self._wake.set()

    async def _sent(self, output: Output) -> bool:
        try:
            await self._sender.send(output, partial(self._settled, output))
        except Unavailable:
            return False
        return True

    def _settled(self, output: Output, held: bool) -> None:
        if held:
            self._window.acknowledged(output)
        else:
            self._window.failed(output)
        self._wake.set()
