"""A process's relay: what it sends outward, what arrives, and what it learns of that."""

from random import Random

from services.request_svc.relaying.outputs import Output
from services.request_svc.relaying.window import RelayWindow
from tests.simulator.oracle import Oracle, OutputKey


class Relaying:
    """A real relay window with sends that may be lost, or arrive without anybody learning of it.

    `start` is the log offset from which nothing is known to be sent.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        self.sends: list[Output] = []
        self._window = RelayWindow(start)
        self._keys: dict[int, OutputKey] = {}

    @property
    def position(self) -> int:
        """The log offset up to which everything is known to have arrived."""
        return self._window.position

    @property
    def waiting(self) -> int:
        """Outputs not known to have arrived."""
        return self._window.waiting

    def add(self, position: int, outputs: list[Output], keys: list[OutputKey]) -> None:
        """Takes in what follows from the record at a log offset."""
        if position >= self.start:
            for output, key in zip(outputs, keys, strict=True):
                self._keys[id(output)] = key
            self._window.add(position, outputs)

    def send_some(self) -> None:
        """Hands what may be sent to the producer."""
        self.sends.extend(self._window.ready())

    def land_one(self, rng: Random, oracle: Oracle, *, faults: bool) -> None:
        """One output reaches its topic; whether this process learns of it is another matter."""
        output = self.sends.pop(rng.randrange(len(self.sends)))
        if faults and rng.random() < 0.03:
            self._window.failed(output)  # never arrived
            return
        oracle.land(self._keys[id(output)], output)
        if faults and rng.random() < 0.05:
            self._window.failed(output)  # arrived, and the acknowledgement was lost
        else:
            self._window.acknowledged(output)
            self._keys.pop(id(output), None)

    def disconnect(self) -> None:
        """Connections broke under the sends."""
        for output in self.sends:
            self._window.failed(output)
        self.sends.clear()
