"""The rows of the timeline that an entry of the log makes."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from event_schemas.types import (
    Actor,
    AnswerRecorded,
    Assigned,
    AutoDecision,
    CallbackFailed,
    CallbackSent,
    Cancelled,
    ChangesRequested,
    Commented,
    Completed,
    DeadlineMoved,
    Entry,
    Escalated,
    Event,
    Notified,
    Received,
    Record,
    Redeemed,
    Refusal,
    Released,
    Reminded,
    Reprioritised,
    Requested,
    Revised,
    StageOpened,
    Started,
    TimedOut,
)
from kernel.chain import Admitted
from kernel.request.entry import event_of
from projections.json_text import plain, plain_or_none, response_record, spliced, to_json

REFUSED = "Refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One event or refusal; JSON as text, `body` the event's word (None for a refusal).

    `version` is the request's after the event, or at the refusal. `rule` is the standing rule that
    the opening event names, `shadow` whether it only would have decided.
    """

    request_id: str
    partition: int
    log_offset: int
    step: int
    version: int
    tenant: str
    event: str
    at: datetime
    received_at: datetime
    by_policy: bool
    actor: str | None
    data: str
    body: bytes | None
    entry_hash: bytes
    request_previous: bytes | None
    command: str
    command_id: str
    correlation_id: str | None
    rule: str | None = None
    shadow: bool = False


def fold(version: int, partition: int, admitted: Admitted) -> list[HistoryRow]:
    """The rows of an admitted record, for a request that has had `version` events before it.

    A refusal told again makes no row: the first telling has it.

    Raises:
        Unreadable: an event can't be decoded.
    """
    entry = admitted.payload
    if not isinstance(entry, Entry):
        return []
    actor = None if entry.actor is None else actor_json(entry.actor)
    rows: list[HistoryRow] = []

    def add(
        name: str,
        data: Record,
        body: bytes | None,
        *,
        by_policy: bool,
        auto: AutoDecision | None = None,
    ) -> None:
        rows.append(
            HistoryRow(
                request_id=plain(entry.request_id),
                partition=partition,
                log_offset=admitted.log_offset,
                step=len(rows),
                version=version + len(rows) if body is None else version + len(rows) + 1,
                tenant=plain(entry.tenant),
                event=name,
                at=entry.at,
                received_at=entry.received_at,
                by_policy=by_policy,
                actor=actor,
                data=to_json(data),
                body=body,
                entry_hash=admitted.hash,
                request_previous=entry.request_previous,
                command=plain(entry.command),
                command_id=plain(entry.command_id),
                correlation_id=plain_or_none(entry.correlation_id),
                rule=None if auto is None else plain(auto.rule),
                shadow=auto is not None and auto.shadow,
            )
        )

    for recorded in entry.events:
        event = event_of(recorded)
        name = type(event).__name__
        auto = event.auto_decision if isinstance(event, Requested) else None
        add(name, data_of(event), recorded.body, by_policy=recorded.by_policy, auto=auto)
    if entry.refusal is not None and not entry.repeated:
        data = {"command": entry.command, **refusal_data(entry.refusal)}
        add(REFUSED, data, None, by_policy=False)
    return rows


def actor_json(actor: Actor) -> str:
    """Who acted, as JSON."""
    return to_json(actor.as_record())


def refusal_data(refusal: Refusal) -> Record:
    """Why a command was turned down, as a JSON object."""
    return refusal.as_record()


def data_of(event: Event) -> Record:
    """What an event says, as a JSON object; it holds no secret and no reference to one."""
    record = event.as_record()
    match event:
        case Requested():
            content = {name: spliced(record[name]) for name in ("context", "form", "metadata")}
            callback = None if event.callback is None else {"url": event.callback.url}
            return {**record, **content, "callback": callback}
        case Revised():
            return {**record, **{name: spliced(record[name]) for name in ("context", "form")}}
        case Received() | ChangesRequested() | AnswerRecorded():
            return {**record, "response": response_record(record["response"])}
        case TimedOut():
            response = record["response"]
            return {**record, "response": response and response_record(response)}
        case Assigned() | Released() | Started() | StageOpened() | Notified() | Commented():
            return record
        case Escalated() | Reminded() | DeadlineMoved() | Reprioritised() | Redeemed():
            return record
        case CallbackSent() | CallbackFailed() | Completed() | Cancelled():
            return record
        case _:
            assert_never(event)
