"""Keeps the relay's order: what concerns a request leaves only after its last is acknowledged."""

from collections import OrderedDict, deque

from services.request_svc.relaying.outputs import Output


class RelayWindow:
    """Outputs of one partition between their reading and their acknowledgement.

    `position` is the offset of the log before which everything is acknowledged: to be committed.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self._open: OrderedDict[int, int] = OrderedDict()
        self._queues: dict[str, deque[tuple[int, Output]]] = {}
        self._ready: deque[Output] = deque()
        self._end = position
        self.waiting = 0

    def add(self, log_offset: int, outputs: list[Output]) -> None:
        """Takes in what follows from the record of the log at this offset, possibly nothing."""
        self._end = log_offset + 1
        if outputs:
            self._open[log_offset] = len(outputs)
            self.waiting += len(outputs)
        for output in outputs:
            queue = self._queues.get(output.order)
            if queue is None:
                self._queues[output.order] = deque([(log_offset, output)])
                self._ready.append(output)
            else:
                queue.append((log_offset, output))
        self._advance()

    def ready(self) -> list[Output]:
        """The outputs that may be sent now; each is given once, and again after it failed."""
        ready = list(self._ready)
        self._ready.clear()
        return ready

    def acknowledged(self, output: Output) -> None:
        """The broker holds an output that was ready; the next of its order becomes ready."""
        queue = self._queues.get(output.order)
        if queue is None or queue[0][1] is not output:
            return  # a second acknowledgement, of an attempt that was believed to have failed
        log_offset, _ = queue.popleft()
        if queue:
            self._ready.append(queue[0][1])
        else:
            del self._queues[output.order]
        self.waiting -= 1
        self._open[log_offset] -= 1
        if self._open[log_offset] == 0:
            del self._open[log_offset]
        self._advance()

    def failed(self, output: Output) -> None:
        """An output that was ready was not acknowledged and has to be sent again."""
        self._ready.append(output)

    def _advance(self) -> None:
        self.position = next(iter(self._open), self._end)
