"""How attempts are shared out over receivers."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from kernel.outbound.lanes import Lanes, Limits

SMALL = Limits(at_once_per_lane=2, held_per_lane=3, held=5)


def test_a_lane_holds_so_many_and_no_more() -> None:
    lanes = Lanes(SMALL)
    assert [lanes.take("a") for _ in range(4)] == [True, True, True, False]
    assert lanes.full() == ["a"]
    assert lanes.take("b")


def test_all_lanes_together_hold_so_many_and_no_more() -> None:
    lanes = Lanes(SMALL)
    assert [lanes.take(lane) for lane in "abcdef"] == [True] * 5 + [False]
    assert lanes.room == 0
    lanes.leave("a")
    assert lanes.room == 1


def test_a_lane_is_roomy_again_once_half_of_it_is_free() -> None:
    lanes = Lanes(Limits(held_per_lane=4, held=100))
    for _ in range(4):
        lanes.take("a")
    roomy = []
    for _ in range(4):
        lanes.leave("a")
        roomy.append(lanes.is_roomy("a"))
    assert roomy == [False, True, True, True]


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
    assert sorted(lanes.full()) == [lane for lane in "abc" if held[lane] == 3]


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
