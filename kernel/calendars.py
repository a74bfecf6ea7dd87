"""Business calendars: when a tenant's people are at work, and those hours as plain instants.

Pure. Time zones end here: what leaves is minutes from an instant, so whoever counts by them needs
neither a calendar nor time zone data.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

import rfc8785
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from event_schemas.types import BusinessHours
from kernel.question import Input, Line

WEEKS = 26
MAX_DAYS = 400
_DAY_MINUTES = 24 * 60
_span = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]|24):([0-5][0-9])")
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_minute, _day = timedelta(minutes=1), timedelta(days=1)


def _flaw(detail: str) -> PydanticCustomError:
    return PydanticCustomError("flaw", "{detail}", {"detail": detail})


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_word(name: str) -> str:
    """The name of a time zone, as it is."""
    if name not in _zones():
        raise _flaw("an IANA time zone such as Europe/Berlin is expected")
    return name


def _spans(texts: list[str]) -> list[str]:
    before = 0
    for text in texts:
        parts = _span.fullmatch(text)
        if parts is None:
            raise _flaw("hours such as 09:00-17:30 are expected, until 24:00 at most")
        start, end = _minutes(text)
        if not before <= start < end <= _DAY_MINUTES:
            raise _flaw("hours must end after they begin, in order and apart")
        before = end
    return texts


def _whole_day(text: str) -> str:
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != text:
        raise _flaw("a day such as 2026-12-25 is expected")
    return text


Zone: TypeAlias = Annotated[str, Field(max_length=64), AfterValidator(zone_word)]
Hours: TypeAlias = Annotated[list[str], Field(max_length=6), AfterValidator(_spans)]
Day: TypeAlias = Annotated[str, AfterValidator(_whole_day)]


class Calendar(Input):
    """When people are at work: by the clock of a zone, each week, but for holidays.

    `overrides` are days with other hours than usual, before all else; none means closed.
    """

    title: Line
    zone: Zone
    weekly: dict[Weekday, Hours]
    holidays: Annotated[tuple[Day, ...], Field(max_length=MAX_DAYS, strict=False)] = ()
    overrides: Annotated[dict[Day, Hours], Field(max_length=MAX_DAYS, default_factory=dict)]

    @model_validator(mode="after")
    def opens(self) -> Self:
        """A calendar that never opens would make a deadline that never comes."""
        if not any(self.weekly.values()):
            raise _flaw("a calendar must be open at some time of the week")
        return self

    def version(self) -> str:
        """The digest of the definition: SHA-256 over its RFC 8785 form, hex."""
        return hashlib.sha256(rfc8785.dumps(self.model_dump())).hexdigest()


def business_hours(name: str, calendar: Calendar, now: datetime) -> BusinessHours:
    """The hours of a calendar from the week before `now` on, for half a year.

    The same for every moment of a week (UTC), so that requests share them.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = today - _day * (today.weekday() + 7)
    ends = begins + _day * 7 * (WEEKS + 1)
    turns: list[int] = []
    edge = begins
    for opens, closes in _merged(_open_stretches(calendar, begins, ends)):
        turns += [(opens - edge) // _minute, (closes - opens) // _minute]
        edge = closes
    return BusinessHours(
        calendar=name, version=calendar.version(), begins_at=begins, turns=tuple(turns)
    )


_Stretch: TypeAlias = tuple[datetime, datetime]


def _open_stretches(calendar: Calendar, begins: datetime, ends: datetime) -> Iterator[_Stretch]:
    """When the zone's clock shows open hours, in instants and in order."""
    holidays = frozenset(calendar.holidays)
    for start, end, offset in _offsets(calendar.zone, begins, ends):
        day = (start + offset).date()
        while day <= (end + offset).date():
            midnight = datetime.combine(day, time(), UTC) - offset
            for text in _hours_on(day, calendar, holidays):
                opens, closes = (midnight + _minute * at for at in _minutes(text))
                if max(opens, start) < min(closes, end):
                    yield max(opens, start), min(closes, end)
            day += _day


def _hours_on(day: date, calendar: Calendar, holidays: frozenset[str]) -> list[str]:
    written: Mapping[str, list[str]] = calendar.overrides
    if day.isoformat() in written:
        return written[day.isoformat()]
    return [] if day.isoformat() in holidays else calendar.weekly.get(_days[day.weekday()], [])


def _merged(stretches: Iterator[_Stretch]) -> Iterator[_Stretch]:
    current: _Stretch | None = None
    for opens, closes in stretches:
        if current is not None and opens == current[1]:
            current = current[0], closes
            continue
        if current is not None:
            yield current
        current = opens, closes
    if current is not None:
        yield current


@lru_cache(maxsize=64)
def _offsets(
    zone: str, begins: datetime, ends: datetime
) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The stretches of one offset from UTC: summer time and winter time."""
    found: list[tuple[datetime, datetime, timedelta]] = []
    start, day, clock = begins, begins, ZoneInfo(zone)
    while day < ends:
        if _offset(day, clock) != _offset(day + _day, clock):
            change = _change(day, day + _day, clock)
            found.append((start, change, _offset(start, clock)))
            start = change
        day += _day
    return (*found, (start, ends, _offset(start, clock)))


def _change(before: datetime, after: datetime, clock: ZoneInfo) -> datetime:
    """The minute from which on another offset holds."""
    while after - before > _minute:
        middle = before + _minute * ((after - before) // _minute // 2)
        if _offset(middle, clock) == _offset(before, clock):
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, clock: ZoneInfo) -> timedelta:
    offset = moment.astimezone(clock).utcoffset() or timedelta()
    return offset // _minute * _minute


def _minutes(text: str) -> tuple[int, int]:
    start, _, end = text.partition("-")
    return _minute_of(start), _minute_of(end)


def _minute_of(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
