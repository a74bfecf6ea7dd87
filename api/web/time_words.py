"""Moments and spans in words for a page."""

from datetime import UTC, datetime, timedelta


def time_left(deadline: datetime | None, now: datetime) -> str:
    """How long until a deadline: "3 h 12 min left", "overdue" or "no deadline"."""
    if deadline is None:
        return "no deadline"
    left = deadline - now
    return f"{span(left)} left" if left > timedelta(0) else "overdue"


def span(length: timedelta) -> str:
    """A length of time by its two largest units: "2 d 3 h", "3 h 12 min", "45 s"."""
    seconds = int(length.total_seconds())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def instant(at: datetime) -> str:
    """A moment for a program of ours in the browser: to the millisecond, or it would end early."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(at: datetime | None) -> str:
    """A moment for reading: "2026-01-15 10:30 UTC"."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
