"""The read-through cache: fresh for seconds, stale for minutes only while the source is away."""

import asyncio

import pytest

from kernel.directory.cache import ReadThrough
from kernel.errors import Unavailable


class Source:
    """Something to read from, which can go away, answer late, and counts how often it is asked."""

    def __init__(self) -> None:
        self.value = "first"
        self.away = False
        self.asked = 0
        self.seconds = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.cache = ReadThrough(self.load, now=lambda: self.seconds, size=3)

    async def load(self, key: str) -> str:
        self.asked += 1
        value, away = self.value, self.away
        await self.gate.wait()
        if away:
            raise Unavailable("away")
        return f"{key}:{value}"


@pytest.fixture
def source() -> Source:
    return Source()


async def test_a_value_is_asked_for_once_in_five_seconds(source: Source) -> None:
    for source.seconds in (0, 1, 4.9):
        assert await source.cache.get("a") == "a:first"
    assert source.asked == 1


async def test_a_change_is_seen_within_five_seconds(source: Source) -> None:
    await source.cache.get("a")
    source.value, source.seconds = "second", 5
    assert await source.cache.get("a") == "a:second"


async def test_while_the_source_is_away_a_known_value_serves_for_five_minutes(
    source: Source,
) -> None:
    await source.cache.get("a")
    source.away = True
    for source.seconds in (6, 100, 299):
        assert await source.cache.get("a") == "a:first"
    source.seconds = 301
    with pytest.raises(Unavailable):
        await source.cache.get("a")


async def test_what_was_never_known_does_not_serve(source: Source) -> None:
    source.away = True
    with pytest.raises(Unavailable):
        await source.cache.get("a")


async def test_a_source_that_is_away_is_asked_once_a_second_and_heard_when_it_is_back(
    source: Source,
) -> None:
    await source.cache.get("a")
    source.away = True
    for source.seconds in (6, 6.1, 6.5, 6.9):
        await source.cache.get("a")
    assert source.asked == 2
    source.away, source.value, source.seconds = False, "second", 7.1
    assert await source.cache.get("a") == "a:second"


async def test_forgetting_asks_anew_at_once(source: Source) -> None:
    await source.cache.get("a")
    source.value = "second"
    source.cache.forget("a")
    assert await source.cache.get("a") == "a:second"


async def test_those_who_wait_together_ask_once(source: Source) -> None:
    source.gate.clear()
    waiting = [asyncio.create_task(source.cache.get("a")) for _ in range(5)]
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*waiting) == ["a:first"] * 5
    assert source.asked == 1


async def test_one_who_gives_up_does_not_take_it_from_the_others(source: Source) -> None:
    source.gate.clear()
    first, second = (asyncio.create_task(source.cache.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    source.gate.set()
    assert await second == "a:first"


async def test_what_was_read_before_a_change_is_not_kept_after_it(source: Source) -> None:
    source.gate.clear()
    early = asyncio.create_task(source.cache.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    source.value = "second"
    source.cache.forget("a")
    source.gate.set()
    assert await early == "a:first"
    assert await source.cache.get("a") == "a:second"


async def test_no_more_than_its_size_is_kept_the_least_used_goes_first(source: Source) -> None:
    for key in ("a", "b", "c", "a", "d"):
        await source.cache.get(key)
    assert source.asked == 4
    await source.cache.get("a")
    assert source.asked == 4
    await source.cache.get("b")
    assert source.asked == 5


async def test_a_loss_that_nobody_waits_for_any_more_is_quiet(source: Source) -> None:
    source.gate.clear()
    source.away = True
    waiting = asyncio.create_task(source.cache.get("a"))
    await asyncio.sleep(0)
    waiting.cancel()
    source.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    source.away = False
    assert await source.cache.get("b") == "b:first"
