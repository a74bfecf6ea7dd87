"""A flood is refused at its own share, and the others go on."""

import pytest

from api.errors import Saturated, TooMany
from api.limits.pressure import Pressure, Room, Visit


def pressure(calls: int = 4, share: int = 2, watchers: int = 2) -> Pressure:
    return Pressure(
        calls=Room("calls", calls, share), watchers=Room("watchers", watchers, watchers)
    )


def visit_of(house: Pressure, tenant: str) -> Visit:
    visit = house.visit()
    visit.belongs_to(tenant)
    return visit


def test_a_tenant_at_its_share_is_told_so_and_others_come_in() -> None:
    house = pressure()
    flood = [visit_of(house, "flood") for _ in range(2)]
    with pytest.raises(TooMany) as refused:
        visit_of(house, "flood")
    assert refused.value.retry_after_seconds >= 1
    visit_of(house, "quiet")
    flood[0].leave()
    visit_of(house, "flood")


def test_nobody_is_kept_from_a_small_house() -> None:
    visit_of(pressure(calls=1, share=1), "a")


def test_a_full_house_asks_everybody_to_come_back() -> None:
    house = pressure()
    for tenant in ("a", "b"):
        for _ in range(2):
            visit_of(house, tenant)
    with pytest.raises(Saturated) as refused:
        house.visit()
    assert refused.value.retry_after_seconds >= 1


def test_callers_who_have_not_proved_who_they_are_take_no_ones_place() -> None:
    house = pressure(calls=10, share=2)
    held = [house.visit() for _ in range(5)]
    with pytest.raises(Saturated):
        house.visit()
    held[0].belongs_to("a")
    visit_of(house, "b")


def test_who_only_waits_leaves_a_place_to_those_who_work() -> None:
    house = pressure(calls=1, share=1, watchers=1)
    waiting = visit_of(house, "a")
    waiting.watches()
    working = visit_of(house, "a")
    with pytest.raises(Saturated):
        working.watches()
    waiting.leave()
    waiting.leave()
    visit_of(house, "a").watches()


def test_a_call_that_is_refused_leaves_nothing_behind() -> None:
    house = pressure(calls=3, share=1)
    first = visit_of(house, "a")
    refused = house.visit()
    with pytest.raises(TooMany):
        refused.belongs_to("a")
    refused.leave()
    first.leave()
    for tenant in ("a", "b", "c"):
        visit_of(house, tenant)
