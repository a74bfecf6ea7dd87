"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.outbound.schedule import (
    DELAYS_SECONDS,
    LONGEST_SECONDS,
    next_delay_seconds,
    retry_after_seconds,
)

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
MIDDLE = 0.5


def test_the_planned_delays_are_those_of_the_design() -> None:
    delays = [next_delay_seconds(tried, luck=MIDDLE) for tried in range(1, 9)]
    assert delays == [5, 300, 1800, 7200, 18_000, 36_000, 36_000, None]


@given(tried=st.integers(1, len(DELAYS_SECONDS) - 1), luck=st.floats(0, 1, exclude_max=True))
def test_a_delay_strays_by_a_fifth_at_most(tried: int, luck: float) -> None:
    delay = next_delay_seconds(tried, luck=luck)
    assert delay is not None
    assert 0.8 * DELAYS_SECONDS[tried] <= delay <= 1.2 * DELAYS_SECONDS[tried]


@given(
    tried=st.integers(1, 20),
    luck=st.floats(0, 1, exclude_max=True),
    wish=st.floats(0, 1e12) | st.none(),
)
def test_a_receiver_can_ask_for_more_time_but_not_for_ever_nor_for_more_attempts(
    tried: int, luck: float, wish: float | None
) -> None:
    delay = next_delay_seconds(tried, luck=luck, retry_after_seconds=wish)
    if tried >= len(DELAYS_SECONDS):
        assert delay is None
    else:
        assert delay is not None
        assert delay >= min(wish or 0, 24 * 3600)
        assert delay <= 24 * 3600


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("9" * 400, 24 * 3600),
        ("Tue, 01 Jan 2030 12:01:00 GMT", 60),
        ("Tue, 01 Jan 2030 11:00:00 GMT", 0),
        ("Tue, 01 Jan 2999 11:00:00 GMT", 24 * 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Tue, 99 Jan 2030 11:00:00 GMT", None),
        ("Tue, 01 Jan 99999999999 11:00:00 GMT", None),
        ("Tue, 01 Jan 2030 11:00:00 +99999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": value}, NOW) == seconds


def test_without_the_header_nothing_is_asked_for() -> None:
    assert retry_after_seconds({}, NOW) is None


def test_the_longest_schedule_is_that_of_the_worst_luck() -> None:
    delays = [next_delay_seconds(tried, luck=1) for tried in range(1, 8)]
    assert sum(delay or 0 for delay in delays) == pytest.approx(LONGEST_SECONDS)


@given(st.text(max_size=60))
def test_no_value_of_the_header_can_hurt(value: str) -> None:
    seconds = retry_after_seconds({"retry-after": value}, NOW + timedelta(microseconds=1))
    assert seconds is None or 0 <= seconds <= 24 * 3600
