"""Limits how many calls a key and a tenant may make in a while, counted in this process.

The window slides (the count of the one before fades out), so that a burst at its end is not given
twice. The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from dataclasses import dataclass

from api.errors import TooMany
from api.limits.window import SlidingWindow

WINDOW_SECONDS = 10


@dataclass(frozen=True, slots=True)
class _Limit:
    """So many calls in a window, counted apart for each name."""

    whose: str
    most: int


class Rates:
    """The counts; a limit of 0 calls per second is none."""

    def __init__(self, *, per_key: float, per_tenant: float) -> None:
        self._window = SlidingWindow(WINDOW_SECONDS)
        self._limits = tuple(
            _Limit(whose, max(int(per_second * WINDOW_SECONDS), 1))
            for whose, per_second in (("key", per_key), ("tenant", per_tenant))
            if per_second > 0
        )
        self._policy = ", ".join(
            f'"{limit.whose}";q={limit.most};w={WINDOW_SECONDS}' for limit in self._limits
        )

    def charge(self, key: str, tenant: str, calls: int = 1) -> dict[str, str]:
        """Counts calls of a key; gives the headers that tell what is left.

        Raises:
            TooMany: more than the key, or its tenant, may make now; says when to come back.
        """
        left: list[str] = []
        for limit in self._limits:
            name = (limit.whose, tenant, key if limit.whose == "key" else "")
            count = self._window.hit(name, limit.most, calls)
            left.append(f'"{limit.whose}";r={count.left};t={count.more_in_seconds}')
            if not count.allowed:
                detail = f"This {limit.whose} may make {limit.most} calls in"
                refused = TooMany(f"{detail} {WINDOW_SECONDS} seconds", count.more_in_seconds)
                refused.headers = self._headers(left)
                raise refused
        return self._headers(left)

    def _headers(self, left: list[str]) -> dict[str, str]:
        if not self._limits:
            return {}
        return {"RateLimit-Policy": self._policy, "RateLimit": ", ".join(left)}
