"""When a receiver is left in peace, and when it is tried again."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from kernel.outbound.breaker import LANES_MAX, Breaker, Patience
from kernel.outbound.delivery import Sign

PATIENCE = Patience(failures=3, pause_seconds=10, pause_max_seconds=40)
USUAL = 8


@dataclass
class Time:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def breaker(time: Time, luck: float = 0.5) -> Breaker:
    return Breaker(PATIENCE, now=time, luck=lambda: luck)


def fail(one: Breaker, times: int, lane: str = "a") -> None:
    for _ in range(times):
        one.note(lane, Sign.AILING)


def test_a_receiver_of_which_nothing_is_known_has_its_usual_places() -> None:
    assert breaker(Time()).at_most("a", USUAL) == USUAL


def test_some_failures_in_a_row_shut_a_lane_and_one_fewer_does_not() -> None:
    one = breaker(Time())
    fail(one, 2)
    assert (one.is_shut("a"), one.at_most("a", USUAL)) == (False, USUAL)
    fail(one, 1)
    assert (one.is_shut("a"), one.at_most("a", USUAL)) == (True, 0)
    assert one.at_most("b", USUAL) == USUAL
    assert one.ailing() == ["a"]


def test_an_answer_between_failures_starts_the_count_anew() -> None:
    one = breaker(Time())
    fail(one, 2)
    one.note("a", Sign.WELL)
    fail(one, 2)
    assert not one.is_shut("a")


def test_what_shows_nothing_of_the_receiver_changes_nothing() -> None:
    one = breaker(Time())
    fail(one, 2)
    one.note("a", Sign.NONE)
    fail(one, 1)
    assert one.is_shut("a")


def test_after_the_pause_one_trial_is_let_through() -> None:
    one = breaker(time := Time())
    fail(one, 3)
    time.at += 9.9
    assert one.at_most("a", USUAL) == 0
    time.at += 0.1
    assert (one.is_shut("a"), one.at_most("a", USUAL)) == (False, 1)


def test_a_trial_that_succeeds_opens_the_lane() -> None:
    one = breaker(time := Time())
    fail(one, 3)
    time.at += 10
    one.note("a", Sign.WELL)
    assert (one.at_most("a", USUAL), one.ailing()) == (USUAL, [])


def test_each_trial_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    one, pauses = breaker(time := Time()), list[float]()
    fail(one, 3)
    for _ in range(5):
        begin = time.at
        while one.is_shut("a"):
            time.at += 0.5
        pauses.append(time.at - begin)
        fail(one, 1)
    assert pauses == [10, 20, 40, 40, 40]


def test_attempts_from_before_the_pause_do_not_lengthen_it() -> None:
    one = breaker(time := Time())
    fail(one, 16)
    time.at += 10
    assert not one.is_shut("a")


@given(luck=st.floats(0, 1, exclude_max=True))
def test_a_pause_strays_by_a_fifth_at_most(luck: float) -> None:
    one = breaker(time := Time(), luck)
    fail(one, 3)
    time.at += 7.99
    assert one.is_shut("a")
    time.at += 4.02
    assert not one.is_shut("a")


def test_lanes_beyond_number_do_not_fill_the_memory() -> None:
    one = breaker(Time())
    for number in range(LANES_MAX + 50):
        fail(one, 3, f"lane {number}")
    assert len(one.ailing()) == LANES_MAX
    assert one.is_shut(f"lane {LANES_MAX + 49}")
