"""Reads requests from the views so that a caller finds what it has just written."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from api.calls import no_such_request
from api.door import FrontDoor
from api.errors import Behind, views_away
from event_schemas.types import Outcome
from kernel.errors import HandraiseError, Unavailable
from kernel.topics import partition_for
from projections.history.queries import Happening
from projections.inbox.shown import RequestInFull

CATCH_UP_SECONDS = 1.0
LOOK_SECONDS = 0.05


async def find(
    door: FrontDoor, tenant: str, request_id: str, *, min_version: int = 0
) -> RequestInFull:
    """The request, once the view has this version of it; the view gets a second to come up.

    Raises:
        NotFound: the tenant had no such request when the call came.
        Behind: the view has not this version, or nothing yet of what is new.
        Unavailable: the log is away, so that nobody knows what is new.
    """
    until = asyncio.get_running_loop().time() + CATCH_UP_SECONDS
    found = await door.inbox.one(tenant, request_id)
    if found is None:
        found = await find_current(door, tenant, request_id)
    if found.line.version >= min_version:
        return found
    with door.live.watch(request_id) as watch:
        while True:
            found = await door.inbox.one(tenant, request_id) or found
            if found.line.version >= min_version:
                return found
            if not await watch.moved(until):
                raise _short_of(found.line.version, min_version)


async def come_up(door: FrontDoor, tenant: str, versions: Mapping[str, int]) -> None:
    """Gives the view a second to show these versions of requests; goes on where it does not."""

    async def shown(request_id: str, version: int) -> None:
        with suppress(HandraiseError, *views_away):
            await find(door, tenant, request_id, min_version=version)

    await asyncio.gather(*(shown(*one) for one in versions.items()))


async def find_revision(
    door: FrontDoor, tenant: str, request_id: str, revision: int
) -> RequestInFull:
    """The request with this revision of its question; with the last one, where there is none such.

    Raises:
        NotFound, Behind, Unavailable: as `find_current`.
    """
    found = await find(door, tenant, request_id)
    if found.line.revision >= revision:
        return found
    return await find_current(door, tenant, request_id)


async def find_newest(door: FrontDoor, tenant: str, request_id: str) -> RequestInFull:
    """The request as `find_current` gives it; as far as the view has it, where that takes too long.

    For telling what stood in the way of a command: why is known, whatever the view shows.

    Raises:
        NotFound: the tenant has no such request.
        Unavailable: the view has nothing of it yet.
    """
    try:
        return await find_current(door, tenant, request_id)
    except Unavailable:
        found = await door.inbox.one(tenant, request_id)
        if found is None:
            raise
        return found


async def cancel_reason(door: FrontDoor, found: RequestInFull) -> str | None:
    """Why a request was withdrawn, if it was and somebody said so."""
    line = found.line
    if line.outcome is not Outcome.CANCELLED:
        return None
    told = await happened(door, line.tenant, line.id, lambda told: told.event == "Cancelled")
    return None if told is None else told.data["reason"]


async def happened(
    door: FrontDoor, tenant: str, request_id: str, is_it: Callable[[Happening], bool]
) -> Happening | None:
    """What must be in a request's history, which gets a second to come up with it."""
    story = await _story(door, tenant, request_id, is_it)
    return next(filter(is_it, story), None)


async def story_of(
    door: FrontDoor, found: RequestInFull, *, min_version: int = 0
) -> Sequence[Happening]:
    """A request's history, which gets a second to come up with what is shown of the request.

    Raises:
        Behind: it has not come up to `min_version`.
    """
    line = found.line
    story = await _story(door, line.tenant, line.id, lambda told: told.version >= line.version)
    told = max((happening.version for happening in story), default=0)
    if told < min_version:
        raise _short_of(told, min_version)
    return story


async def read_of_history(door: FrontDoor) -> Mapping[int, int]:
    """The offset, by partition, of the first log record that the history has not read."""
    records = await door.pool.fetch("SELECT partition, read_to FROM history.position")
    return {record["partition"]: record["read_to"] for record in records}


async def _story(
    door: FrontDoor, tenant: str, request_id: str, awaited: Callable[[Happening], bool]
) -> Sequence[Happening]:
    story: Sequence[Happening] = ()
    with suppress(TimeoutError):
        async with asyncio.timeout(CATCH_UP_SECONDS):
            while True:
                story = await door.history.history_of(tenant, request_id) or ()
                if any(map(awaited, story)):
                    return story
                await asyncio.sleep(LOOK_SECONDS)
    return story


async def find_current(door: FrontDoor, tenant: str, request_id: str) -> RequestInFull:
    """The request with all that the log held of it when the call came.

    Raises:
        NotFound: the tenant has no such request.
        Behind: the view is further behind than a second.
        Unavailable: the log is away.
    """
    until = asyncio.get_running_loop().time() + CATCH_UP_SECONDS
    partition = partition_for(request_id, door.settings.partitions)
    end = await door.log_ends.end_of(partition)
    if end is None:
        raise Unavailable("The log can't be read now, so it is not known what is new")
    with door.live.watch(partition) as watch:
        moved = True
        while (await door.inbox.positions()).get(partition, 0) < end:
            if not moved:
                raise Behind("The view has not come up with the log yet")
            moved = await watch.moved(until)
    found = await door.inbox.one(tenant, request_id)
    if found is None:
        raise no_such_request(request_id)
    return found


def _short_of(version: int, wanted: int) -> Behind:
    return Behind(f"The view has version {version}, not {wanted} yet")
