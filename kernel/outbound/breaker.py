"""Leaves receivers in peace that do not answer: after some failures in a row only trials go there.

What is due there waits meanwhile, unattempted and uncounted, and takes nobody's place.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from kernel.outbound.delivery import Sign

JITTER = 0.2
LANES_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """After how many failures in a row a lane is shut, and for how long; it doubles each time."""

    failures: int = 5
    pause_seconds: float = 5.0
    pause_max_seconds: float = 60.0


@dataclass(slots=True)
class _Record:
    failures: int = 0
    pause_seconds: float = 0.0
    until: float = 0.0


class Breaker:
    """Remembers of lanes how their attempts ended, and shuts those that only fail.

    `now` gives seconds of a clock that never goes back, `luck` in [0, 1) spreads the pauses.
    """

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._patience = patience or Patience()
        self._now = now
        self._luck = luck
        self._records: dict[str, _Record] = {}

    def note(self, lane: str, sign: Sign) -> None:
        """Takes notice of what an attempt showed of its receiver."""
        if sign is Sign.WELL:
            self._records.pop(lane, None)
        if sign is not Sign.AILING:
            return
        record = self._records.setdefault(lane, _Record())
        record.failures += 1
        # An attempt that began before the lane was shut says nothing new.
        if record.failures >= self._patience.failures and not self.is_shut(lane):
            self._shut(record)
        if len(self._records) > LANES_MAX:
            self._records.pop(next(iter(self._records)))

    def _shut(self, record: _Record) -> None:
        patience = self._patience
        longer = record.pause_seconds * 2 or patience.pause_seconds
        record.pause_seconds = min(longer, patience.pause_max_seconds)
        spread = 1 - JITTER + 2 * JITTER * self._luck()
        record.until = self._now() + record.pause_seconds * spread

    def is_shut(self, lane: str) -> bool:
        """Whether nothing may go there now."""
        record = self._records.get(lane)
        return record is not None and self._now() < record.until

    def ailing(self) -> list[str]:
        """The lanes that are shut, or open for a trial only."""
        return [lane for lane, record in self._records.items() if record.pause_seconds]

    def at_most(self, lane: str, usual: int) -> int:
        """How many may be held for a lane: the usual number, one for a trial, or none."""
        record = self._records.get(lane)
        if record is None or not record.pause_seconds:
            return usual
        return 0 if self.is_shut(lane) else 1
