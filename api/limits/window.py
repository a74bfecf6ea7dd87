"""Counts by name in a window that slides: what the one before held fades out as time goes on.

The library that was tried first (`limits`, in memory) starts a thread every 10 ms under load, which
cost a quarter of the process; here a window's counts are let go as a whole when it has passed.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """What one attempt came to: how much is left now, and when there is more, in seconds."""

    allowed: bool
    left: int
    more_in_seconds: int


class SlidingWindow:
    """The counts of all names in this window and the one before.

    An estimate, as Cloudflare tells it (2017, "Counting things, a lot of different things"): the
    former window's count is weighed by how much of it the sliding one still covers.
    """

    def __init__(self, seconds: int, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._number = 0
        self._present: dict[tuple[str, ...], int] = {}
        self._former: dict[tuple[str, ...], int] = {}

    def hit(self, name: tuple[str, ...], most: int, cost: int) -> Count:
        """Counts `cost` for a name, unless that would make it more than `most`."""
        passed = self._turn()
        present = self._present.get(name, 0)
        used = present + self._former.get(name, 0) * (1 - passed)
        allowed = used + cost <= most
        if allowed:
            self._present[name] = present + cost
            used += cost
        wait = math.ceil((1 - passed) * self._seconds)
        return Count(allowed, max(math.floor(most - used), 0), max(wait, 1))

    def _turn(self) -> float:
        """Goes on to the present window; gives the share of it that has passed."""
        number, passed = divmod(self._now() / self._seconds, 1)
        if number != self._number:
            self._former = self._present if number == self._number + 1 else {}
            self._present, self._number = {}, int(number)
        return passed
