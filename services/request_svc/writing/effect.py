"""What one record of the log does to a partition, worked out before anything is changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from event_schemas.types import Entry, RequestState, Seen
from kernel.chain import Head, Payload
from kernel.codec import body_of
from kernel.errors import Unreadable
from kernel.request.entry import Applied as Step
from kernel.request.entry import fold_entry
from kernel.request.model import Request

STUB_KEPT = timedelta(days=30)


class View(Protocol):
    """A partition as of its head: confirmed, or with what is in flight on top."""

    @property
    def head(self) -> Head:
        """The head that it stands at."""
        ...

    def request(self, request_id: str) -> Request | None:
        """The request, or None if it is unknown or its stub is gone."""
        ...

    def outcome(self, command_id: str) -> Seen | None:
        """The first outcome of a command, if it is still remembered."""
        ...


@dataclass(frozen=True, slots=True)
class Effect:
    """The steps of a record, the request after them, and what is to be kept.

    `request` is None where the record names no request that is held for its tenant; else `state`
    is its encoding. `opened` and `closed` say whether this record made it so.
    """

    steps: tuple[Step, ...] = ()
    request: Request | None = None
    state: bytes | None = None
    opened: bool = False
    closed: bool = False
    seen: Seen | None = None


def effect_of(view: View, payload: Payload, value_hash: bytes) -> Effect:
    """What the record with this payload and hash does to a partition that it extends.

    Raises:
        Unreadable: it holds an event that this release does not know.
    """
    if not isinstance(payload, Entry):
        return Effect()
    seen = None
    if payload.remember_until is not None:
        seen = Seen(
            command_id=payload.command_id, refusal=payload.refusal, until=payload.remember_until
        )
    before = view.request(payload.request_id)
    if before is not None and before.state.tenant != payload.tenant:
        if payload.events:
            raise Unreadable("an entry of one tenant changes another's request")
        return Effect(seen=seen)
    folded = fold_entry(before, payload, value_hash)
    if folded.request is None:
        return Effect(seen=seen)
    after = folded.request.state
    return Effect(
        steps=folded.applied,
        request=folded.request,
        state=body_of(after),
        opened=before is None,
        closed=after.closing is not None and (before is None or before.state.closing is None),
        seen=seen,
    )


def gone_at(state: RequestState) -> datetime | None:
    """The log's time at which a closed request is forgotten."""
    return None if state.closing is None else state.closing.at + STUB_KEPT
