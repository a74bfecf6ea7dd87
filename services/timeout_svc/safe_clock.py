"""The time as the broker has it, never ahead of it: the broker judges every deadline.

Each acknowledged command bears the broker's own stamp; that stamp plus the time that went by here
since the acknowledgement is not after the broker's present. Until there is one, and when it has
grown old, the database's clock stands in. The machine's own wall clock is never asked, so that it
may jump.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

STALE_SECONDS = 600.0
# Where there is a clock that goes on while the machine sleeps, timers do not wake up late.
_steady = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Seconds of a clock that only ever goes on, from some beginning."""
    return time.clock_gettime(_steady)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a clock elsewhere said, and when that was on the machine's steady clock."""

    said: datetime
    heard: float

    def now(self, steady: float) -> datetime:
        return self.said + timedelta(seconds=steady - self.heard)


class SafeClock:
    """Keeps the latest readings; `steady` is always seconds as `steady()` gives them."""

    def __init__(self) -> None:
        self._broker: _Reading | None = None
        self._database: _Reading | None = None

    def hear_broker(self, stamp: datetime, steady: float) -> None:
        """Notes the broker's stamp of a command whose acknowledgement came now."""
        self._broker = _Reading(stamp, steady)

    def hear_database(self, said: datetime, steady: float) -> None:
        """Notes the database's time out of an answer that came now."""
        self._database = _Reading(said, steady)

    def now(self, steady: float) -> datetime | None:
        """The safe present, or None before the first reading."""
        broker = self._broker
        if broker is not None and steady - broker.heard <= STALE_SECONDS:
            return broker.now(steady)
        return None if self._database is None else self._database.now(steady)

    def divergence_seconds(self, steady: float) -> float:
        """How far the broker's clock is ahead of the database's, as far as is known."""
        if self._broker is None or self._database is None:
            return 0.0
        return (self._broker.now(steady) - self._database.now(steady)).total_seconds()
