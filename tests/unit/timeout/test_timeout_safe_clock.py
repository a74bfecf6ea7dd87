"""The broker's time, never ahead of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.timeout_svc.safe_clock import STALE_SECONDS, SafeClock

EPOCH = datetime(2030, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def test_nothing_is_known_before_the_first_reading() -> None:
    assert SafeClock().now(1.0) is None


def test_the_database_stands_in_until_the_broker_speaks() -> None:
    clock = SafeClock()
    clock.hear_database(after(100), steady=10.0)
    assert clock.now(12.0) == after(102)
    clock.hear_broker(after(40), steady=12.0)
    assert clock.now(13.0) == after(41)
    assert clock.divergence_seconds(13.0) == -62


def test_an_old_word_of_the_broker_no_longer_counts() -> None:
    clock = SafeClock()
    clock.hear_broker(after(40), steady=0.0)
    clock.hear_database(after(1000), steady=STALE_SECONDS)
    assert clock.now(STALE_SECONDS) == after(40 + STALE_SECONDS)
    assert clock.now(STALE_SECONDS + 1) == after(1001)


def test_a_broker_set_back_is_believed_at_its_next_word() -> None:
    clock = SafeClock()
    clock.hear_broker(after(5000), steady=0.0)
    clock.hear_broker(after(1400), steady=1.0)
    assert clock.now(2.0) == after(1401)


@given(
    ahead=st.floats(-1e6, 1e6),
    stamped=st.floats(0, 100),
    on_the_way=st.floats(0, 5),
    asked_after=st.floats(0, STALE_SECONDS - 5),
)
def test_it_is_never_ahead_of_the_broker(
    ahead: float, stamped: float, on_the_way: float, asked_after: float
) -> None:
    """The broker's clock is `ahead` of the steady one; an acknowledgement takes its time."""
    clock = SafeClock()
    heard = stamped + on_the_way
    clock.hear_broker(after(stamped + ahead), steady=heard)
    asked = heard + asked_after
    now = clock.now(asked)
    assert now is not None
    assert now <= after(asked + ahead) + timedelta(milliseconds=1)
