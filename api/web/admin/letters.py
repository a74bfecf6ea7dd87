"""Reads the dead letters backwards, the newest first, a bounded number at a time.

Nobody's place is kept: each look reads a short end of every partition anew. A page's mark holds
the offsets below which the next page begins.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from api.web.admin.letter_shape import Letter, letter_in
from kernel.errors import Invalid, Unavailable
from kernel.settings import Settings
from kernel.tail import Bounds, Tail
from kernel.topics import DEAD_LETTERS

AT_A_TIME = 25
READ_SECONDS = 15
_one_at_a_time = asyncio.Semaphore(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One page of letters, the newest first; `mark` is empty behind the last."""

    letters: tuple[Letter, ...]
    mark: str


Ends = Mapping[int, int]
"""By partition, the offset below which to read."""


async def leaf_of(settings: Settings, mark: str) -> Leaf:
    """The page behind a mark; the first where that is empty.

    Raises:
        Invalid: the mark is none of ours.
        Unavailable: the broker is away, or too slow.
    """
    below = ends_in(mark, settings.partitions) if mark else {}
    # What is read may be large, and nobody waits long for it: one look after the other.
    async with _one_at_a_time:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await _read(settings, below)
        except TimeoutError:
            raise Unavailable("The dead letters can't be read in time. Try again.") from None


async def _read(settings: Settings, below: Ends) -> Leaf:
    tail = Tail(settings, DEAD_LETTERS)
    await tail.start()
    try:
        partitions = range(settings.partitions)
        bounds = dict(zip(partitions, await _bounds(tail, partitions), strict=True))
        ends = {p: min(below.get(p, found.end), found.end) for p, found in bounds.items()}
        starts = {p: max(bounds[p].first, end - AT_A_TIME) for p, end in ends.items()}
        found = await _between(tail, starts, ends)
    finally:
        await tail.stop()
    return leaf(found, {p: starts[p] > bounds[p].first for p in partitions}, ends)


async def _bounds(tail: Tail, partitions: Sequence[int]) -> list[Bounds]:
    return [await tail.bounds(partition) for partition in partitions]


async def _between(tail: Tail, starts: Ends, ends: Ends) -> dict[int, list[Letter]]:
    """The letters of each partition from its start to its end, the newest first."""
    waiting = {p for p, end in ends.items() if starts[p] < end}
    found: dict[int, list[Letter]] = {p: [] for p in ends}
    for partition in waiting:
        tail.follow(partition, starts[partition])
    if not waiting:
        return found
    async for batch in tail.batches():
        here = found[batch.partition]
        wanted = [one for one in batch.records if one.offset < ends[batch.partition]]
        here.extend(
            letter_in(one.partition, one.offset, one.value, one.timestamp) for one in wanted
        )
        if batch.records[-1].offset + 1 >= ends[batch.partition]:
            waiting.discard(batch.partition)
            tail.drop(batch.partition)
        if not waiting:
            break
    return {p: letters[::-1] for p, letters in found.items()}


def leaf(found: Mapping[int, Sequence[Letter]], more: Mapping[int, bool], ends: Ends) -> Leaf:
    """The newest of these letters, each partition's given newest first, in one order.

    `more` says of which partitions older ones were not read: none of theirs may be overtaken.
    """
    rest = {p: list(letters) for p, letters in found.items()}
    below, taken = dict(ends), list[Letter]()
    while len(taken) < AT_A_TIME:
        ready = [letters[0] for letters in rest.values() if letters]
        if not ready or any(more[p] for p, letters in rest.items() if not letters):
            break
        newest = max(ready, key=lambda one: (one.at, one.partition))
        taken.append(rest[newest.partition].pop(0))
        below[newest.partition] = newest.offset
    goes_on = any(rest.values()) or any(more.values())
    return Leaf(letters=tuple(taken), mark=mark_of(below) if goes_on else "")


def mark_of(ends: Ends) -> str:
    """The mark behind which a page begins."""
    return base64.urlsafe_b64encode(orjson.dumps([ends[p] for p in sorted(ends)])).decode()


def ends_in(mark: str, partitions: int) -> dict[int, int]:
    """The offsets in a mark.

    Raises:
        Invalid: it is none of ours.
    """
    try:
        ends = orjson.loads(base64.urlsafe_b64decode(mark.encode()))
    except (binascii.Error, ValueError):
        ends = None
    if not isinstance(ends, list) or len(ends) != partitions:
        raise Invalid("The mark is none of ours")
    if not all(isinstance(end, int) and 0 <= end < 2**63 for end in ends):
        raise Invalid("The mark is none of ours")
    return dict(enumerate(ends))
