"""A client's stream from where it left off: first what it missed, then what happens."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta

from api.door import FrontDoor
from api.live.audience import Stream
from api.live.frames import HELLO, beat, last_changes, request_frames, reset_frame
from api.live.place import Place, read_place
from projections.inbox.changes import KEPT_FOR, changes_after
from projections.inbox.feed import lines_of

BEAT_SECONDS = 5.0
PAGE = 1000
MAX_MISSED = 50_000
# Changes are kept from the moment they were written, a little before they could be seen.
MARGIN = timedelta(minutes=10)

StillValid = Callable[[], Awaitable[bool]]


async def follow(
    door: FrontDoor, tenant: str, last_event_id: str, stream: Stream, still_valid: StillValid
) -> AsyncGenerator[bytes]:
    """Pieces of a tenant's stream, until its client has lost the right to it or we stop.

    `stream` was joined before, so that nothing falls between what was missed and what comes.

    Raises:
        Saturated, Unavailable and what a read of the views raises: what was missed can't be read.
    """
    yield HELLO
    if last_event_id:
        async for piece in _resumed(door, tenant, last_event_id):
            yield piece
    else:
        yield beat(door.live.place)
    loop = asyncio.get_running_loop()
    look_at = loop.time() + BEAT_SECONDS
    while not door.live.stopping:
        if piece := await stream.taken(look_at):
            yield piece
        if loop.time() >= look_at:
            if not await still_valid():
                return
            if not stream.waits:
                yield beat(door.live.place)
            look_at = loop.time() + BEAT_SECONDS


async def _resumed(door: FrontDoor, tenant: str, last_event_id: str) -> AsyncGenerator[bytes]:
    place = read_place(last_event_id, door.settings.partitions)
    why = "the id is none of ours" if place is None else await _too_far(door, place)
    if place is None or why:
        yield reset_frame(door.live.place, why)
        return
    while True:
        async with door.pool.acquire() as connection:
            changes = await changes_after(connection, place.offsets, limit=PAGE)
            last = last_changes(changes, (tenant,)).get(tenant, {})
            told = await lines_of(connection, tenant, list(last))
        for frame in request_frames(changes, place, told, last, door.live.shape):
            yield frame
        reached = {change.partition: change.log_offset for change in changes}
        place = Place({**place.offsets, **reached}, place.at)
        if len(changes) < PAGE:
            return


async def _too_far(door: FrontDoor, place: Place) -> str:
    """Why a client can't go on from a place, or nothing."""
    if door.clock() - place.at > KEPT_FOR - MARGIN:
        return "the changes since then are kept no more"
    standing = await door.inbox.positions()
    behind = [standing.get(p, 0) - 1 - offset for p, offset in place.offsets.items()]
    if any(number < 0 for number in behind):
        return "the log was made anew"
    if sum(behind) > MAX_MISSED:
        return "too much has changed since then"
    return ""
