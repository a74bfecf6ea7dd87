"""A reader of the log like any projection: keeps its head, sometimes starts from a stored one."""

from random import Random

from kernel.chain import Head
from kernel.errors import LogCut, Unreadable
from tests.simulator.broker import Broker
from tests.simulator.build import Build
from tests.simulator.oracle import Oracle
from tests.simulator.releases import Release

RECORDS = 4


class View:
    """Reads on from its head; alarms where the log was cut, and is rebuilt."""

    def __init__(self, build: Build, broker: Broker, genesis: Head, release: int) -> None:
        self.release = release
        self.position = 0
        self.given_up = False
        self._build = build
        self._broker = broker
        self._genesis = genesis
        self._head = genesis
        self._stored = (0, genesis)
        self._epoch = broker.epoch

    def act(self, rng: Random, oracle: Oracle) -> None:
        """Reads some records, or goes back to what it stored."""
        Release.current = self.release
        try:
            if self._epoch != self._broker.epoch:
                self._go_on_from(self.position, self._head)
            elif rng.random() < 0.01:
                self._go_on_from(*self._stored)
            self._read(oracle)
        except LogCut:
            self.position, self._head = 0, self._genesis
        except Unreadable:
            self.given_up = True
        self._epoch = self._broker.epoch
        if rng.random() < 0.02:
            self._stored = (self.position, self._head)

    def _go_on_from(self, position: int, head: Head) -> None:
        log = self._broker.log
        if head.log_offset >= 0:
            value = log[head.log_offset] if head.log_offset < len(log) else None
            self._build.verify(head, value)
        # Noise behind the head may be gone; what stands there now is to be read.
        self.position, self._head = min(position, head.log_offset + 1), head

    def _read(self, oracle: Oracle) -> None:
        log = self._broker.log
        for _ in range(RECORDS):
            if self.position >= len(log):
                return
            admitted = self._build.admit(self._head, log[self.position], self.position)
            self.position += 1
            if admitted is not None:
                self._head = admitted.after
            oracle.compare_head(self._head, self.position)
