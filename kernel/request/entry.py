"""Folds one admitted entry of the log into the request that it belongs to."""

from dataclasses import dataclass, replace

from event_schemas.types import EVENTS, Entry, Event, Recorded
from kernel.codec import decode
from kernel.errors import Unreadable
from kernel.request.evolve import evolve
from kernel.request.model import Context, Request, policy_actor


@dataclass(frozen=True, slots=True)
class Applied:
    """One event of an entry, its circumstances, and the request right after it."""

    event: Event
    by_policy: bool
    context: Context
    request: Request


@dataclass(frozen=True, slots=True)
class Folded:
    """What an entry did: each event in order, and the request after the whole entry.

    `request` is None if there was none before and nothing happened. Its `last_hash` is the
    entry's hash even if the entry holds no event, since the next entry of the request names it.
    """

    applied: tuple[Applied, ...]
    request: Request | None


def fold_entry(request: Request | None, entry: Entry, entry_hash: bytes) -> Folded:
    """Applies the events of an entry to the request as it stood before.

    Raises:
        Unreadable: an event can't be decoded, or comes before its request was asked for.
    """
    applied: list[Applied] = []
    for index, recorded in enumerate(entry.events):
        event = event_of(recorded)
        context = context_of(entry, entry_hash, index, by_policy=recorded.by_policy)
        request = evolve(request, event, context)
        applied.append(Applied(event, recorded.by_policy, context, request))
    if request is not None and request.state.last_hash != entry_hash:
        request = replace(request, state=replace(request.state, last_hash=entry_hash))
    return Folded(tuple(applied), request)


def event_of(recorded: Recorded) -> Event:
    """The event that a record of an entry holds.

    Raises:
        Unreadable: no event of ours.
    """
    event = decode(recorded.body)
    if not isinstance(event, EVENTS):
        raise Unreadable(f"{type(event).__name__} is no event")
    return event


def context_of(entry: Entry, entry_hash: bytes, index: int, *, by_policy: bool) -> Context:
    """The circumstances of the entry's event at `index`."""
    by_clock = by_policy or entry.actor is None
    return Context(
        request_id=entry.request_id,
        tenant=entry.tenant,
        actor=policy_actor(entry.tenant) if by_clock or entry.actor is None else entry.actor,
        at=entry.at,
        received_at=entry.received_at,
        entry_hash=entry_hash,
        index=index,
        correlation_id=entry.correlation_id,
        traceparent=entry.traceparent,
    )
