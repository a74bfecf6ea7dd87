"""The watch over the broker's clock."""

import pytest

from services.request_svc.clock_watch import clock_alarm
from tests.unit.log.benches import later


@pytest.mark.parametrize(
    ("stamp", "log", "alarming"),
    [(0, 0, False), (2, 0, False), (2.001, 0, True), (-600, -600, False), (-3, 0, True)],
    ids=["right", "within", "ahead", "waited", "went back"],
)
def test_a_stamp_ahead_of_us_or_behind_the_log_is_alarming(
    stamp: float, log: float, alarming: bool
) -> None:
    alarm = clock_alarm(later(stamp), later(log), now=later(0))

    assert (alarm is not None) == alarming
