"""Shares out attempts over receivers, so that a slow one delays only itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many deliveries are attempted at once and held in memory, per receiver and in all."""

    at_once_per_lane: int = 16
    held_per_lane: int = 64
    held: int = 1024


class Lanes:
    """Counts what is held per receiver and lets a few at a time through."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held: Counter[str] = Counter()
        self._total = 0
        self._gates: dict[str, asyncio.Semaphore] = {}

    def take(self, lane: str) -> bool:
        """Takes a place in a lane, unless it or the whole is full."""
        limits = self._limits
        if self._total >= limits.held or self._held[lane] >= limits.held_per_lane:
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

    @property
    def room(self) -> int:
        """How many more could be held, if their lanes have room."""
        return self._limits.held - self._total

    def is_roomy(self, lane: str) -> bool:
        """Whether a lane has emptied so far that fetching more for it is worth a query."""
        return self._held[lane] <= self._limits.held_per_lane // 2 and self.room > 0

    def full(self) -> list[str]:
        """The lanes without room."""
        return [lane for lane, n in self._held.items() if n >= self._limits.held_per_lane]

    @asynccontextmanager
    async def turn(self, lane: str) -> AsyncGenerator[None]:
        """Waits for one's turn in a lane in which one holds a place."""
        gate = self._gates.get(lane)
        if gate is None:
            gate = self._gates[lane] = asyncio.Semaphore(self._limits.at_once_per_lane)
        async with gate:
            yield
