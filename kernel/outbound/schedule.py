"""When a delivery is tried again, and when it is given up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DELAYS_SECONDS = (0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000)
JITTER = 0.2
LONGEST_SECONDS = sum(DELAYS_SECONDS) * (1 + JITTER)
"""After so long the schedule has run its course, if no receiver asked for more time."""
RETRY_AFTER_MAX_SECONDS = 24 * 3600.0


def next_delay_seconds(
    tried: int, *, luck: float, retry_after_seconds: float | None = None
) -> float | None:
    """How long to wait after the `tried`th failed attempt, or None when that was the last.

    `luck` in [0, 1) spreads the delay by ±20 %, so that what failed together does not come back
    together. A receiver's own wish is honoured where it is longer, up to a day.
    """
    if tried >= len(DELAYS_SECONDS):
        return None
    planned = DELAYS_SECONDS[tried] * (1 - JITTER + 2 * JITTER * luck)
    wished = min(retry_after_seconds or 0.0, RETRY_AFTER_MAX_SECONDS)
    return max(planned, wished)


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """What `Retry-After` asks for (RFC 9110, 10.2.3): seconds or a date; None without sense."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), RETRY_AFTER_MAX_SECONDS)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), RETRY_AFTER_MAX_SECONDS)
