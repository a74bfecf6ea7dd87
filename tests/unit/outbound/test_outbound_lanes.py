"""How attempts are shared out over receivers."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kernel.outbound.breaker import Breaker, Patience
from kernel.outbound.delivery import Sign
from kernel.outbound.lanes import Lanes, Limits

SMALL = Limits(at_once_per_lane=2, held_per_lane=3, held=5)


def test_a_lane_holds_so_many_and_no_more() -> None:
    lanes = Lanes(SMALL)
    assert [lanes.take("a") for _ in range(4)] == [True, True, True, False]
    assert lanes.places() == {"a": 0}
    assert lanes.take("b")


def test_all_lanes_together_hold_so_many_and_no_more() -> None:
    lanes = Lanes(SMALL)
    assert [lanes.take(lane) for lane in "abcdef"] == [True] * 5 + [False]
    assert lanes.room == 0
    lanes.leave("a")
    assert lanes.room == 1


def test_more_is_fetched_for_a_lane_that_had_too_much_once_half_of_it_is_free() -> None:
    lanes = Lanes(Limits(held_per_lane=4, held=100))
    for _ in range(5):
        lanes.take("a")
    lanes.take("b")
    wanted = [(lanes.leave("a"), lanes.wants_more("a"))[1] for _ in range(4)]
    assert wanted == [False, True, True, True]
    assert not lanes.wants_more("b")


def test_a_lane_that_filled_its_places_from_a_claim_may_have_more() -> None:
    lanes = Lanes(Limits(held_per_lane=2, held=100))
    lanes.claimed(Counter(a=2, b=1, c=1), {"c": 1, "d": 0})
    assert [lane for lane in "abcde" if lanes.wants_more(lane)] == ["a", "c", "d"]


def test_a_claim_that_filled_all_the_room_may_have_left_something_of_any_lane() -> None:
    lanes = Lanes(Limits(held_per_lane=4, held=3))
    lanes.claimed(Counter(a=2, b=1), {})
    assert [lanes.wants_more(lane) for lane in "abc"] == [True, True, True]
    lanes.claimed(Counter(a=1, b=1), {})
    assert [lanes.wants_more(lane) for lane in "abc"] == [False, False, False]


def test_when_all_was_full_any_place_that_is_free_again_is_worth_a_look() -> None:
    lanes = Lanes(Limits(held_per_lane=1, held=2))
    assert [lanes.take(lane) for lane in "abc"] == [True, True, False]
    assert not lanes.wants_more("a")
    lanes.leave("a")
    assert lanes.wants_more("a")


def test_a_receiver_that_only_fails_has_no_place_and_then_one() -> None:
    time = [0.0]
    breaker = Breaker(Patience(failures=2, pause_seconds=10), now=lambda: time[0], luck=lambda: 0.5)
    lanes = Lanes(SMALL, breaker)
    for _ in range(2):
        lanes.note("a", Sign.AILING)
    assert (lanes.take("a"), lanes.places()) == (False, {"a": 0})
    time[0] = 10
    assert lanes.places() == {"a": 1}
    assert [lanes.take("a") for _ in range(2)] == [True, False]
    lanes.note("a", Sign.WELL)
    assert lanes.places() == {"a": 2}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_places_are_counted_right_whatever_comes_and_goes(
    moves: list[tuple[str, bool]],
) -> None:
    lanes, held = Lanes(SMALL), dict.fromkeys("abc", 0)
    for lane, comes in moves:
        if comes:
            fits = sum(held.values()) < 5 and held[lane] < 3
            assert lanes.take(lane) == fits
            held[lane] += fits
        elif held[lane]:
            lanes.leave(lane)
            held[lane] -= 1
    assert lanes.room == 5 - sum(held.values())
    assert lanes.places() == {lane: 3 - n for lane, n in held.items() if n}


async def test_a_few_at_a_time_have_their_turn() -> None:
    lanes, inside, most = Lanes(SMALL), 0, 0
    for _ in range(3):
        lanes.take("a")

    async def go() -> None:
        nonlocal inside, most
        async with lanes.turn("a"):
            inside += 1
            most = max(most, inside)
            for _ in range(5):
                await asyncio.sleep(0)
            inside -= 1
        lanes.leave("a")

    await asyncio.gather(*(go() for _ in range(3)))
    assert most == 2
    assert lanes.room == 5
