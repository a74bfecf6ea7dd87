"""Shares out attempts over receivers, so that a slow one delays only itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kernel.outbound.breaker import Breaker
from kernel.outbound.delivery import Sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many deliveries are attempted at once and held in memory, per receiver and in all."""

    at_once_per_lane: int = 16
    held_per_lane: int = 32
    held: int = 1024


class Lanes:
    """Counts what is held per receiver and lets a few at a time through, none where all fail."""

    def __init__(self, limits: Limits, breaker: Breaker | None = None) -> None:
        self._limits = limits
        self._breaker = breaker or Breaker()
        self._held: Counter[str] = Counter()
        self._total = 0
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._short: set[str] = set()
        self._all_short = False

    def take(self, lane: str) -> bool:
        """Takes a place in a lane, unless it or the whole is full."""
        if self._total >= self._limits.held:
            self._all_short = True
            return False
        if self._held[lane] >= self._most(lane):
            self._short.add(lane)
            return False
        self._held[lane] += 1
        self._total += 1
        return True

    def leave(self, lane: str) -> None:
        """Gives a place back."""
        self._held[lane] -= 1
        self._total -= 1
        if self._held[lane] <= 0:
            del self._held[lane]
            self._gates.pop(lane, None)

    def _most(self, lane: str) -> int:
        return self._breaker.at_most(lane, self.usual_places)

    @property
    def usual_places(self) -> int:
        """How many may be held for a lane of which nothing is known."""
        return self._limits.held_per_lane

    @property
    def room(self) -> int:
        """How many more could be held, if their lanes have room."""
        return self._limits.held - self._total

    def places(self) -> dict[str, int]:
        """How many more could be held for each lane that has not all its usual places free."""
        lanes = {*self._held, *self._breaker.ailing()}
        return {lane: max(self._most(lane) - self._held[lane], 0) for lane in lanes}

    def claimed(self, lanes: Counter[str], places: dict[str, int]) -> None:
        """Takes note of what a claim found for each lane, before its places are taken.

        More may wait for the lanes that filled all their `places`, or for any if there was no room.
        """
        free = {lane: places.get(lane, self.usual_places) for lane in {*lanes, *places}}
        self._short = {lane for lane, n in free.items() if lanes[lane] >= n}
        self._all_short = lanes.total() >= self.room

    def wants_more(self, lane: str) -> bool:
        """Whether more may wait, now that this lane has emptied so far that a query is worth it."""
        if self._all_short:
            return self.room >= max(self.usual_places // 4, 1)
        few = self._held[lane] <= self.usual_places // 2
        return lane in self._short and few and self.room > 0 and not self.is_shut(lane)

    def note(self, lane: str, sign: Sign) -> None:
        """Takes notice of what an attempt showed of its receiver."""
        self._breaker.note(lane, sign)

    def is_shut(self, lane: str) -> bool:
        """Whether a lane's receiver is left in peace for now."""
        return self._breaker.is_shut(lane)

    def ailing(self) -> list[str]:
        """The lanes whose receivers are left in peace, but for trials."""
        return self._breaker.ailing()

    @asynccontextmanager
    async def turn(self, lane: str) -> AsyncGenerator[None]:
        """Waits for one's turn in a lane in which one holds a place."""
        gate = self._gates.get(lane)
        if gate is None:
            gate = self._gates[lane] = asyncio.Semaphore(self._limits.at_once_per_lane)
        async with gate:
            yield
