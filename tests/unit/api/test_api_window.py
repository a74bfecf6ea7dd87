"""A window that slides: what was used fades out, and a burst at an end is not given twice."""

from hypothesis import given
from hypothesis import strategies as st

from api.limits.window import SlidingWindow

MOST, SECONDS = 10, 10
ADA, BOB = ("key", "t", "ada"), ("key", "t", "bob")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_burst_at_the_end_of_a_window_is_not_given_twice() -> None:
    clock = Clock()
    window = SlidingWindow(SECONDS, clock)
    clock.seconds = 9.9
    assert all(window.hit(ADA, MOST, 1).allowed for _ in range(MOST))
    clock.seconds = 10.1
    refused = window.hit(ADA, MOST, 1)
    assert (refused.allowed, refused.left, refused.more_in_seconds) == (False, 0, 10)
    clock.seconds = 15.0
    assert window.hit(ADA, MOST, 5).allowed
    assert not window.hit(ADA, MOST, 1).allowed


def test_what_is_long_past_is_forgotten_whole() -> None:
    clock = Clock()
    window = SlidingWindow(SECONDS, clock)
    assert window.hit(ADA, MOST, MOST).left == 0
    clock.seconds = 25.0
    assert window.hit(ADA, MOST, MOST).allowed


def test_what_is_refused_costs_nothing_and_names_are_apart() -> None:
    window = SlidingWindow(SECONDS, Clock())
    assert not window.hit(ADA, MOST, MOST + 1).allowed
    assert window.hit(ADA, MOST, MOST).allowed
    assert window.hit(BOB, MOST, MOST).allowed


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), max_size=80))
def test_no_window_of_its_own_ever_holds_more_than_is_allowed(
    calls: list[tuple[float, int]],
) -> None:
    clock = Clock()
    window = SlidingWindow(SECONDS, clock)
    taken: dict[int, int] = {}
    for later, cost in calls:
        clock.seconds += later
        if window.hit(ADA, MOST, cost).allowed:
            number = int(clock.seconds // SECONDS)
            taken[number] = taken.get(number, 0) + cost
    assert all(cost <= MOST for cost in taken.values())
