"""Limits how many calls a key and a tenant may make in a while, counted in this process.

The window slides (the count of the one before fades out), so that a burst at its end is not given
twice. The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.errors import TooMany

WINDOW_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _Limit:
    """So many calls in a window, counted apart for each name; `item` is None without a limit."""

    whose: str
    item: RateLimitItem | None


class Rates:
    """The counts; a limit of 0 calls per second is none."""

    def __init__(self, *, per_key: float, per_tenant: float) -> None:
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())
        limits = (_Limit("key", _item(per_key)), _Limit("tenant", _item(per_tenant)))
        self._limits = tuple(limit for limit in limits if limit.item is not None)
        self._policy = ", ".join(
            f'"{limit.whose}";q={limit.item.amount};w={WINDOW_SECONDS}'
            for limit in self._limits
            if limit.item is not None
        )

    def charge(self, key: str, tenant: str, calls: int = 1) -> dict[str, str]:
        """Counts calls of a key; gives the headers that tell what is left.

        Raises:
            TooMany: more than the key, or its tenant, may make now; says when to come back.
        """
        left: list[str] = []
        for limit in self._limits:
            assert limit.item is not None
            name = key if limit.whose == "key" else ""
            allowed = self._counter.hit(limit.item, limit.whose, tenant, name, cost=calls)
            stats = self._counter.get_window_stats(limit.item, limit.whose, tenant, name)
            seconds = max(math.ceil(stats.reset_time - time.time()), 1)
            left.append(f'"{limit.whose}";r={max(stats.remaining, 0)};t={seconds}')
            if not allowed:
                detail = f"This {limit.whose} may make {limit.item.amount} calls in"
                refused = TooMany(f"{detail} {WINDOW_SECONDS} seconds", seconds)
                refused.headers = self._headers(left)
                raise refused
        return self._headers(left)

    def _headers(self, left: list[str]) -> dict[str, str]:
        if not self._limits:
            return {}
        return {"RateLimit-Policy": self._policy, "RateLimit": ", ".join(left)}


def _item(per_second: float) -> RateLimitItem | None:
    if per_second <= 0:
        return None
    return RateLimitItemPerSecond(max(int(per_second * WINDOW_SECONDS), 1), WINDOW_SECONDS)
