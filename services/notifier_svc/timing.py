"""When a person is told: at once, after their quiet hours, or with others in a summary; pure.

What is urgent is told at once, always. Everything else waits for the end of quiet hours; what is
low or medium waits for the next summary where the person wants summaries; and beyond so many
notices in ten minutes the rest come together in one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from event_schemas.types import Priority
from kernel.directory.preferences import Digest, Preferences, zone_of

WINDOW = timedelta(minutes=10)
_calm = (Priority.LOW, Priority.MEDIUM)


@dataclass(frozen=True, slots=True)
class When:
    """When somebody is told; None is at once. `gathered` is whether with others, in a summary."""

    at: datetime | None = None
    gathered: bool = False


AT_ONCE = When()


def earliest(preferences: Preferences, priority: Priority, now: datetime) -> datetime:
    """The first instant at which this person may be told: now, or the end of quiet hours."""
    if priority is Priority.URGENT:
        return now
    return after_quiet(preferences, now)


def when(preferences: Preferences, priority: Priority, now: datetime, recent: int) -> When:
    """When this person is told; `recent` counts the single notices of the ten minutes before.

    The ten minutes are those before `earliest`.
    """
    if priority is Priority.URGENT:
        return AT_ONCE
    if priority in _calm and preferences.digest is not Digest.NEVER:
        return When(after_quiet(preferences, _next_summary(preferences, now)), gathered=True)
    first = earliest(preferences, priority, now)
    if recent >= preferences.at_most:
        later = first if first > now else _window_end(now)
        return When(after_quiet(preferences, later), gathered=True)
    return AT_ONCE if first == now else When(first)


def after_quiet(preferences: Preferences, at: datetime) -> datetime:
    """The instant, or the end of the quiet hours that it lies in."""
    quiet = preferences.quiet
    if quiet is None or quiet.begin == quiet.end:
        return at
    zone = zone_of(preferences.time_zone)
    local = at.astimezone(zone)
    clock = local.time()
    if quiet.begin < quiet.end:
        if not quiet.begin <= clock < quiet.end:
            return at
        return _at(local, quiet.end, zone)
    if quiet.end <= clock < quiet.begin:
        return at
    return _at(local + timedelta(days=clock >= quiet.begin), quiet.end, zone)


def _next_summary(preferences: Preferences, now: datetime) -> datetime:
    if preferences.digest is Digest.HOURLY:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    zone = zone_of(preferences.time_zone)
    local = now.astimezone(zone)
    today = _at(local, preferences.digest_at, zone)
    return today if today > now else _at(local + timedelta(days=1), preferences.digest_at, zone)


def _window_end(now: datetime) -> datetime:
    seconds = WINDOW.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)


def _at(day: datetime, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day.date(), clock, zone).astimezone(UTC)
