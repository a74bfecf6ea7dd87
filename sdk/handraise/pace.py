"""When to try a call again, and when to give it up."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

_FIRST_SECONDS = 0.2
_LONGEST_SECONDS = 10.0
_LONGEST_ASKED_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient a client is; times in seconds.

    `patience_seconds` bounds the tries of one call. `outage_seconds` is how long the service
    may be away while we wait for an answer: longer, because a wait outlives restarts.
    """

    patience_seconds: float = 30.0
    outage_seconds: float = 3600.0
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


def pause_seconds(tries: int, asked_seconds: float | None, chance: float) -> float:
    """How long to wait after `tries` failures: doubling, jittered by `chance` in [0, 1).

    What the service asked for (`Retry-After`) is the least that is waited, up to a minute, so
    that a crowd of askers neither comes back early nor all at once.
    """
    ceiling = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(tries, 16))
    spread = ceiling * (0.5 + chance / 2)
    if asked_seconds is None:
        return spread
    return min(asked_seconds, _LONGEST_ASKED_SECONDS) + chance * ceiling
