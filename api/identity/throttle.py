"""Slows those who guess: after some failures a name must wait."""

from collections import OrderedDict
from collections.abc import Callable

from api.errors import TooMany

MAX_FAILURES = 10
WINDOW_SECONDS = 300.0
MAX_NAMES = 10_000


class Throttle:
    """Counts failures by name in this process; `now` gives seconds of a clock that never goes back.

    Each name has so many failures in a window of WINDOW_SECONDS that begins with the first.
    """

    def __init__(self, now: Callable[[], float], failures: int = MAX_FAILURES) -> None:
        self._now = now
        self._allowed = failures
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, *names: str) -> None:
        """Lets an attempt through.

        Raises:
            TooMany: one of the names has failed too often of late.
        """
        waits = [self._wait(name) for name in names]
        if any(waits):
            raise TooMany("Too many failed attempts; wait before the next", int(max(waits)) + 1)

    def failed(self, *names: str) -> None:
        """Notes a failed attempt."""
        for name in names:
            count, since = self._recent(name)
            self._failures[name] = (count + 1, since)
            self._failures.move_to_end(name)
        while len(self._failures) > MAX_NAMES:
            self._failures.popitem(last=False)

    def succeeded(self, *names: str) -> None:
        """Forgets the failures of names that have proved themselves."""
        for name in names:
            self._failures.pop(name, None)

    def _wait(self, name: str) -> float:
        count, since = self._recent(name)
        return 0.0 if count < self._allowed else since + WINDOW_SECONDS - self._now()

    def _recent(self, name: str) -> tuple[int, float]:
        count, since = self._failures.get(name, (0, self._now()))
        return (count, since) if self._now() < since + WINDOW_SECONDS else (0, self._now())
