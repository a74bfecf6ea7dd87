"""Who guesses passwords must wait; who knows theirs need not."""

import pytest

from api.errors import TooMany
from api.identity.throttle import MAX_FAILURES, WINDOW_SECONDS, Throttle


class Hours:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_name_that_failed_too_often_waits_until_the_window_is_over() -> None:
    hours = Hours()
    throttle = Throttle(hours)
    for _ in range(MAX_FAILURES):
        throttle.check("kim")
        throttle.failed("kim")
    with pytest.raises(TooMany) as slowed:
        throttle.check("kim", "somewhere")
    assert 0 < slowed.value.retry_after_seconds <= WINDOW_SECONDS + 1
    throttle.check("lou")
    hours.now += WINDOW_SECONDS
    throttle.check("kim")


def test_success_forgets_failures() -> None:
    throttle = Throttle(Hours())
    for _ in range(MAX_FAILURES - 1):
        throttle.failed("kim")
    throttle.succeeded("kim")
    throttle.failed("kim")
    throttle.check("kim")
