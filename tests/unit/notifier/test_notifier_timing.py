"""When people are told: quiet hours, summaries and too much at once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import Priority
from kernel.directory.preferences import Digest, Preferences, Quiet
from services.notifier_svc.timing import AT_ONCE, When, after_quiet, earliest, when

NIGHT = Quiet(begin=time(20), end=time(7))
BERLIN = Preferences(time_zone="Europe/Berlin", quiet=NIGHT)
HIGH, URGENT, LOW, MEDIUM = Priority.HIGH, Priority.URGENT, Priority.LOW, Priority.MEDIUM


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2030-01-15T18:59", "2030-01-15T18:59"),
        ("2030-01-15T19:00", "2030-01-16T06:00"),
        ("2030-01-15T23:30", "2030-01-16T06:00"),
        ("2030-01-16T05:59:59", "2030-01-16T06:00"),
        ("2030-01-16T06:00", "2030-01-16T06:00"),
        ("2030-07-15T18:00", "2030-07-16T05:00"),
        # In this night summer time begins: 07:00 is an hour earlier by UTC than it was.
        ("2030-03-30T22:00", "2030-03-31T05:00"),
        ("2030-10-26T22:00", "2030-10-27T06:00"),
    ],
)
def test_a_notice_in_quiet_hours_waits_for_their_end_by_the_persons_clock(
    now: str, told: str
) -> None:
    assert after_quiet(BERLIN, at(now)) == at(told)


def test_quiet_hours_within_one_day_end_that_day() -> None:
    siesta = Preferences(quiet=Quiet(begin=time(12), end=time(14, 30)))
    assert after_quiet(siesta, at("2030-01-15T12:00")) == at("2030-01-15T14:30")
    assert after_quiet(siesta, at("2030-01-15T11:59")) == at("2030-01-15T11:59")


def test_hours_that_begin_when_they_end_are_none() -> None:
    never = Preferences(quiet=Quiet(begin=time(7), end=time(7)))
    assert after_quiet(never, at("2030-01-15T07:00")) == at("2030-01-15T07:00")


def test_what_is_urgent_is_told_at_once_whatever_else() -> None:
    busy = Preferences(quiet=Quiet(begin=time(0), end=time(23)), digest=Digest.DAILY, at_most=1)
    assert when(busy, URGENT, at("2030-01-15T03:00"), recent=99) == AT_ONCE
    assert earliest(busy, URGENT, at("2030-01-15T03:00")) == at("2030-01-15T03:00")


def test_what_is_high_is_told_singly_when_quiet_hours_end() -> None:
    assert when(BERLIN, HIGH, at("2030-01-15T23:00"), 0) == When(at("2030-01-16T06:00"))
    assert when(BERLIN, HIGH, at("2030-01-15T12:00"), 0) == AT_ONCE


@pytest.mark.parametrize("priority", [LOW, MEDIUM])
def test_who_wants_summaries_gets_what_is_calm_in_the_next(priority: Priority) -> None:
    hourly = Preferences(digest=Digest.HOURLY)
    assert when(hourly, priority, at("2030-01-15T10:59:59"), 0) == When(
        at("2030-01-15T11:00"), gathered=True
    )
    assert when(hourly, HIGH, at("2030-01-15T10:30"), 0) == AT_ONCE


def test_a_daily_summary_comes_at_the_persons_hour() -> None:
    daily = Preferences(digest=Digest.DAILY, digest_at=time(8), time_zone="Europe/Berlin")
    assert when(daily, LOW, at("2030-01-15T06:59"), 0).at == at("2030-01-15T07:00")
    assert when(daily, LOW, at("2030-01-15T07:00"), 0).at == at("2030-01-16T07:00")


def test_a_summary_waits_for_the_end_of_quiet_hours_too() -> None:
    night = Preferences(digest=Digest.HOURLY, quiet=NIGHT)
    assert when(night, LOW, at("2030-01-15T19:30"), 0).at == at("2030-01-16T07:00")


def test_beyond_so_many_the_rest_come_together_when_the_ten_minutes_end() -> None:
    few = Preferences(at_most=3)
    now = at("2030-01-15T10:33:20")
    assert when(few, HIGH, now, recent=2) == AT_ONCE
    assert when(few, HIGH, now, recent=3) == When(at("2030-01-15T10:40"), gathered=True)


def test_beyond_so_many_at_the_end_of_quiet_hours_the_rest_come_together_then() -> None:
    few = Preferences(at_most=3, quiet=NIGHT)
    assert when(few, HIGH, at("2030-01-15T23:00"), recent=3) == When(
        at("2030-01-16T07:00"), gathered=True
    )


@settings(deadline=None)
@given(
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_nobody_waits_longer_than_a_day_nor_is_told_in_the_past(
    begin: time, end: time, zone: str, now: datetime
) -> None:
    told = after_quiet(Preferences(time_zone=zone, quiet=Quiet(begin=begin, end=end)), now)
    # Beside a day, an hour for the change of summer time.
    assert now - timedelta(hours=1) <= told <= now + timedelta(hours=25)
