"""Arithmetic on instants that counts only the time in which a calendar is open.

The calendar comes with the request's policy, written out as instants; before and behind them, and
where there is none, every second counts. Total, whatever the policy holds, and never overflows.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from event_schemas.types import BusinessHours, Policy
from kernel.request.instants import EARLIEST, LATEST, later

_Windows = tuple[tuple[datetime, datetime], ...]
_nothing = timedelta()


def counted_after(hours: BusinessHours | None, moment: datetime, seconds: int) -> datetime:
    """The moment by which so many seconds were counted since another."""
    if hours is None:
        return later(moment, seconds)
    left = _span(seconds)
    for opens, closes in _windows(hours):
        begins = max(opens, moment)
        if begins < closes and left <= closes - begins:
            return begins + left
        left -= max(closes - begins, _nothing)
    return LATEST


def counted_before(hours: BusinessHours | None, moment: datetime, seconds: int) -> datetime:
    """The moment from which on so many seconds are counted until another."""
    if hours is None:
        return later(moment, -seconds)
    left = _span(seconds)
    for opens, closes in reversed(_windows(hours)):
        ends = min(closes, moment)
        if opens < ends and left <= ends - opens:
            return ends - left
        left -= max(ends - opens, _nothing)
    return EARLIEST


def seconds_counted(hours: BusinessHours | None, start: datetime, end: datetime) -> int:
    """How many whole seconds count between two moments."""
    if hours is None:
        return int((end - start).total_seconds())
    pieces = (min(closes, end) - max(opens, start) for opens, closes in _windows(hours))
    counted = sum((max(piece, _nothing) for piece in pieces), _nothing)
    return int(counted.total_seconds())


def deadline_hours(policy: Policy) -> BusinessHours | None:
    """The hours by which the time to answer counts; None where every second does."""
    hours = policy.business
    return hours if hours is not None and hours.counts_deadline else None


def _span(seconds: int) -> timedelta:
    return later(EARLIEST, max(seconds, 0)) - EARLIEST


@lru_cache(maxsize=512)
def _windows(hours: BusinessHours) -> _Windows:
    """The stretches that count, in order, from the earliest moment to the latest."""
    edge = later(hours.begins_at, 0)
    windows = [(EARLIEST, edge)]
    for number, minutes in enumerate(hours.turns):
        following = later(edge, max(minutes, 0) * 60)
        if number % 2:
            windows.append((edge, following))
        edge = following
    windows.append((edge, LATEST))
    return tuple(windows)
