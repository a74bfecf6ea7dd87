"""The requests before and after one in the queue, of those that a person may answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.door import FrontDoor
from api.web.request.allowed import ANSWERABLE, allowed
from kernel.directory.principals import Principal
from projections.inbox.filters import Filters
from projections.inbox.shown import RequestLine
from projections.inbox.sorting import Sort

LOOKED_THROUGH = 50
MOST_ASKED = 8
"""So many requests are judged before it is said that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The ids of the request before and of the one after; None where there is none."""

    previous: str | None = None
    next: str | None = None


async def neighbours_of(door: FrontDoor, person: Principal, request_id: str) -> Neighbours:
    """What stands around a request in the queue; from outside it the next is the first one."""
    lines = await _waiting(door, person)
    ids = [line.id for line in lines]
    at = ids.index(request_id) if request_id in ids else -1
    before = lines[:at] if at > 0 else []
    return Neighbours(
        previous=await _first(door, person, list(reversed(before))),
        next=await _first(door, person, lines[at + 1 :]),
    )


async def next_waiting(door: FrontDoor, person: Principal, answered: str) -> str | None:
    """The request that stands first in the queue once this one is answered."""
    return await _first(
        door, person, [line for line in await _waiting(door, person) if line.id != answered]
    )


async def _waiting(door: FrontDoor, person: Principal) -> Sequence[RequestLine]:
    filters = Filters(states=tuple(sorted(ANSWERABLE)))
    found = await door.inbox.page(person.tenant, filters, sort=Sort.PRIORITY, limit=LOOKED_THROUGH)
    return found.items


async def _first(door: FrontDoor, person: Principal, lines: Sequence[RequestLine]) -> str | None:
    for line in lines[:MOST_ASKED]:
        policy = await door.inbox.policy_of(person.tenant, line.id)
        voted = any(vote["person"] == person.id for vote in line.votes)
        if policy is not None and not voted and "respond" in allowed(person, line, policy):
            return line.id
    return None
