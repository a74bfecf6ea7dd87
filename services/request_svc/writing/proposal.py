"""Makes the record that one command comes to; nothing that a command holds can make it fail."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from event_schemas.types import Command, Entry, Recorded, Refusal, RefusalReason
from kernel.chain import Payload, advance, frame, hash_of
from kernel.codec import decode_as, encode
from kernel.errors import Unreadable
from kernel.topics import KIB, MIB
from services.request_svc.judging.decide import Decided
from services.request_svc.writing.assumed import Flying
from services.request_svc.writing.effect import Effect, View, effect_of
from services.request_svc.writing.ruling import (
    Decide,
    Place,
    Ruling,
    remembered_until,
    rule,
    turned_down,
)

UNPLACED = -1


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A record of the command topic; `received_at` is the broker's stamp."""

    offset: int
    value: bytes | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a writer may have in flight, and how large what it writes and keeps may get."""

    entries: int = 256
    bytes: int = 4 * MIB
    entry_bytes: int = MIB
    refusal_bytes: int = 64 * KIB
    state_bytes: int = 64 * KIB


@dataclass(frozen=True, slots=True)
class Rules:
    """What a writer decides by: its place, the judgement, and the bounds."""

    place: Place
    decide: Decide
    bounds: Bounds


class TooLarge(Exception):
    """The entry would not fit into the log."""


def propose(view: View, record: CommandRecord, rules: Rules) -> Flying:
    """The record that extends the view's head with what the command comes to.

    Whatever goes wrong becomes a small refusal with the command's digest, which fits and can be
    folded in by everybody.
    """
    command = command_of(record.value)
    if command is None:
        return extend(view, nameless(view, record, RefusalReason.UNREADABLE))
    try:
        return judged(view, record, command, rules)
    except Exception as error:  # noqa: BLE001 - a command must never stop its partition
        large = isinstance(error, TooLarge)
        reason = RefusalReason.TOO_LARGE if large else RefusalReason.INTERNAL
        return given_up(view, record, command, reason, rules.bounds)


def command_of(value: bytes | None) -> Command | None:
    """The command in its envelope, or None where the bytes hold none."""
    try:
        return decode_as(Command, value or b"")
    except Unreadable:
        return None


def judged(view: View, record: CommandRecord, command: Command, rules: Rules) -> Flying:
    """The record for a command that could be judged.

    Raises:
        TooLarge: it does not fit into the log.
    """
    ruling = rule(view, command, record.received_at, rules.place, rules.decide)
    flying = extend(view, entry_for(view, record, command, ruling))
    if outgrown(flying.effect, rules.bounds):
        flying = extend(view, entry_for(view, record, command, _limited(ruling)))
    if len(flying.value) > rules.bounds.entry_bytes:
        raise TooLarge
    return flying


def outgrown(effect: Effect, bounds: Bounds) -> bool:
    """Whether a command made a request's state larger than a writer should have to hold.

    What the clock does and what closes a request is small and must always be possible.
    """
    if effect.state is None or len(effect.state) <= bounds.state_bytes or effect.closed:
        return False
    return any(not step.by_policy for step in effect.steps)


def _limited(ruling: Ruling) -> Ruling:
    due = []
    for happened in ruling.decided.events:
        if not happened.by_policy:
            break
        due.append(happened)
    refusal = Refusal(
        reason=RefusalReason.LIMIT_REACHED, detail="the request would hold more than it may"
    )
    return Ruling(ruling.body, Decided(tuple(due), refusal))


def given_up(
    view: View, record: CommandRecord, command: Command, reason: RefusalReason, bounds: Bounds
) -> Flying:
    """A small refusal of a command that could not be handled; nameless if its names don't fit."""
    # What follows the block uses nothing of the command.
    with suppress(Exception):
        ruling = Ruling(None, turned_down(reason, _details[reason]))
        flying = extend(view, entry_for(view, record, command, ruling))
        if len(flying.value) <= bounds.refusal_bytes:
            return flying
    return extend(view, nameless(view, record, reason))


_details = {
    RefusalReason.UNREADABLE: "the record holds no command",
    RefusalReason.TOO_LARGE: "what the command comes to does not fit into the log",
    RefusalReason.INTERNAL: "the command could not be handled; it was kept for inspection",
}
_with_digest = frozenset(_details)


def entry_for(view: View, record: CommandRecord, command: Command, ruling: Ruling) -> Entry:
    """The entry that says what a command came to."""
    request = view.request(command.request_id)
    known = request is not None and request.state.tenant == command.tenant
    refusal = ruling.decided.refusal
    at = max(record.received_at, view.head.at)
    spoilt = refusal is not None and refusal.reason in _with_digest and not ruling.repeated
    return Entry(
        command_id=command.command_id,
        command=ruling.name,
        request_id=command.request_id,
        tenant=command.tenant,
        actor=command.actor,
        received_at=record.received_at,
        at=at,
        request_previous=request.state.last_hash if request is not None and known else None,
        events=tuple(
            Recorded(by_policy=happened.by_policy, body=encode(happened.event))
            for happened in ruling.decided.events
        ),
        refusal=refusal,
        repeated=ruling.repeated,
        remember_until=remembered_until(command, ruling, at),
        reply_to=command.reply_to,
        correlation_id=command.correlation_id,
        traceparent=command.traceparent,
        command_digest=digest_of(record.value) if spoilt else None,
    )


def nameless(view: View, record: CommandRecord, reason: RefusalReason) -> Entry:
    """The entry for a record of which nothing can be said but that it was there."""
    return Entry(
        command_id="",
        command="",
        request_id="",
        tenant="",
        received_at=record.received_at,
        at=max(record.received_at, view.head.at),
        refusal=Refusal(reason=reason, detail=_details[reason]),
        command_digest=digest_of(record.value),
    )


def digest_of(value: bytes | None) -> bytes:
    """SHA-256 of a command's bytes."""
    return hashlib.sha256(value or b"").digest()


def extend(view: View, payload: Payload) -> Flying:
    """The record that extends the view's head with this payload, and what it does."""
    head = view.head
    value = frame(head, encode(payload))
    value_hash = hash_of(value)
    effect = effect_of(view, payload, value_hash)
    after = advance(head, payload, value_hash, UNPLACED)
    return Flying(value, value_hash, payload, effect, before=head, after=after)
