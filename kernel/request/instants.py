"""Arithmetic on moments that never overflows, whatever durations a command carries."""

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)

_span_seconds = int((LATEST - EARLIEST).total_seconds())


def later(moment: datetime, seconds: int) -> datetime:
    """The moment `seconds` after another (before it, if negative), kept within 1970 and 9000."""
    bounded = min(max(seconds, -_span_seconds), _span_seconds)
    base = min(max(moment, EARLIEST), LATEST)
    room_after, room_before = LATEST - base, EARLIEST - base
    return base + min(max(timedelta(seconds=bounded), room_before), room_after)
