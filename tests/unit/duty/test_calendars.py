"""Business calendars: the hours they give agree with a clock on the wall, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import BusinessHours
from kernel.calendars import WEEKS, Calendar, business_hours
from kernel.errors import Invalid
from kernel.request.business import counted_after, counted_before, seconds_counted
from kernel.validation import validated

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS = {key: ["09:00-12:30", "13:30-18:00"] for key in DAYS[:5]}
HOUR = 3600
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


def calendar(**over: Any) -> Calendar:
    given_so = {"title": "Office", "zone": "Europe/Berlin", "weekly": WORKDAYS, **over}
    return validated(Calendar, given_so)


def hours(at: datetime, **over: Any) -> BusinessHours:
    return business_hours("office", calendar(**over), at)


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_time_out_of_hours_does_not_count() -> None:
    friday = local("2026-03-06T17:00")
    assert counted_after(hours(friday), friday, 3 * HOUR) == local("2026-03-09T11:00")
    night = local("2026-03-07T23:30")
    assert counted_after(hours(night), night, 60) == local("2026-03-09T09:01")


def test_a_span_that_fits_ends_when_the_office_closes_not_when_it_opens_again() -> None:
    monday = local("2026-03-09T13:30")
    assert counted_after(hours(monday), monday, 4 * HOUR + 1800) == local("2026-03-09T18:00")
    assert counted_after(hours(monday), local("2026-03-09T18:00"), 1) == local(
        "2026-03-10T09:00:01"
    )


def test_the_hours_stay_when_summer_time_begins_and_ends() -> None:
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        start = local(f"{friday}T17:00")
        assert counted_after(hours(start), start, 2 * HOUR) == local(f"{monday}T10:00")


def test_holidays_are_closed_and_overrides_come_before_all_else() -> None:
    start = local("2026-12-23T17:00")
    closed = {"holidays": ["2026-12-24", "2026-12-25"]}
    assert counted_after(hours(start, **closed), start, 2 * HOUR) == local("2026-12-28T10:00")
    short = {**closed, "overrides": {"2026-12-24": ["10:00-11:00"]}}
    assert counted_after(hours(start, **short), start, 2 * HOUR) == local("2026-12-24T11:00")


def test_a_day_and_night_shift_is_open_across_midnight() -> None:
    start = local("2026-03-09T23:00")
    always = {"weekly": {key: ["00:00-24:00"] for key in DAYS}}
    assert counted_after(hours(start, **always), start, 9 * HOUR) == start + timedelta(hours=9)
    assert len(hours(start, **always).turns) == 2, "one stretch"


def test_behind_what_is_written_out_every_second_counts() -> None:
    start = local("2026-03-09T09:00")
    written = hours(start)
    end = written.begins_at + timedelta(minutes=sum(written.turns))
    assert counted_after(written, end, 10) == end + timedelta(seconds=10)
    assert counted_before(written, written.begins_at, 10) == written.begins_at - timedelta(
        seconds=10
    )


def test_requests_of_one_week_share_their_hours() -> None:
    monday, sunday = local("2026-03-09T03:00"), local("2026-03-15T23:00")
    assert hours(monday) == hours(sunday)
    assert hours(monday).begins_at < monday - timedelta(days=6)
    assert sum(hours(sunday).turns) > 24 * 60 * 7 * (WEEKS - 1)
    assert hours(monday).version != hours(monday, holidays=["2026-05-01"]).version


@pytest.mark.parametrize(
    "over",
    [
        {"zone": "Europe/Atlantis"},
        {"zone": "../../etc/passwd"},
        {"weekly": {}},
        {"weekly": {"mon": []}},
        {"weekly": {"moon": ["09:00-10:00"]}},
        {"weekly": {"mon": ["10:00-09:00"]}},
        {"weekly": {"mon": ["09:00-09:00"]}},
        {"weekly": {"mon": ["09:00-11:00", "10:00-12:00"]}},
        {"weekly": {"mon": ["09:00-24:30"]}},
        {"weekly": {"mon": ["9-17"]}},
        {"weekly": {"mon": ["09:00-10:00"] * 7}},
        {"holidays": ["25.12.2026"]},
        {"holidays": ["2026-02-30"]},
        {"holidays": ["20261225"]},
        {"holidays": [str(date(2026, 1, 1) + timedelta(days=n)) for n in range(401)]},
        {"overrides": {"2026-12-24": ["x"]}},
        {"colour": "blue"},
    ],
)
def test_what_is_no_calendar_is_refused(over: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        calendar(**over)


times = st.integers(0, 24 * 4).map(lambda quarter: quarter * 15)


@st.composite
def spans(draw: st.DrawFn) -> list[str]:
    edges = sorted(draw(st.sets(times, min_size=0, max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    weekly = {day: draw(spans()) for day in DAYS}
    weekly["wed"] = weekly["wed"] or ["09:00-17:00"]
    days = st.dates(date(2026, 3, 20), date(2026, 4, 10)).map(str)
    return calendar(
        zone=draw(st.sampled_from(ZONES)),
        weekly=weekly,
        holidays=draw(st.lists(days, max_size=3)),
        overrides=draw(st.dictionaries(days, spans(), max_size=3)),
    )


def is_open(given_so: Calendar, at: datetime) -> bool:
    """By the clock on the wall."""
    wall = at.astimezone(ZoneInfo(given_so.zone))
    day = wall.date().isoformat()
    usual = [] if day in given_so.holidays else given_so.weekly.get(DAYS[wall.weekday()], [])  # type: ignore[call-overload]
    shown = wall.time()
    for text in given_so.overrides.get(day, usual):
        start, _, end = text.partition("-")
        if time.fromisoformat(start) <= shown and (
            end == "24:00" or shown < time.fromisoformat(end)
        ):
            return True
    return False


moments = st.integers(0, 14 * 24 * 60).map(
    lambda minute: datetime(2026, 3, 23, tzinfo=UTC) + timedelta(minutes=minute)
)


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, st.integers(0, 900))
def test_minutes_counted_are_those_that_the_wall_clock_shows_open(
    one: Calendar, start: datetime, span_minutes: int
) -> None:
    end = start + timedelta(minutes=span_minutes)
    naive = sum(is_open(one, start + timedelta(minutes=n)) for n in range(span_minutes))
    assert seconds_counted(business_hours("c", one, start), start, end) == naive * 60


@settings(max_examples=150, deadline=None)
@given(calendars(), moments, st.integers(0, 400_000), st.integers(0, 100_000))
def test_counting_is_consistent(one: Calendar, start: datetime, first: int, more: int) -> None:
    written = business_hours("c", one, start)
    end = counted_after(written, start, first)
    assert end >= start
    assert seconds_counted(written, start, end) == first
    assert counted_after(written, end, more) == counted_after(written, start, first + more) or (
        more == 0
    )
    back = counted_before(written, end, first)
    assert seconds_counted(written, back, end) == first
    assert counted_after(written, start, first) <= counted_after(written, start, first + more)


@given(
    st.builds(
        BusinessHours,
        calendar=st.just("c"),
        version=st.just("0"),
        begins_at=st.datetimes(timezones=st.just(UTC)),
        turns=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=6).map(tuple),
    ),
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-(2**63), 2**63 - 1),
)
def test_counting_never_fails_whatever_the_policy_holds(
    hostile: BusinessHours, moment: datetime, seconds: int
) -> None:
    counted_after(hostile, moment, seconds)
    counted_before(hostile, moment, seconds)
    seconds_counted(hostile, moment, moment)
