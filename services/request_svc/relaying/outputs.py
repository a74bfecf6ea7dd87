"""What an admitted entry says to the outside: public events, the reply, the dead-letter copy."""

import hashlib
from dataclasses import dataclass

from event_schemas.types import DeadLetter, Entry, Envelope, EventMetadata, Reply
from kernel.codec import encode
from kernel.request.entry import Applied as Step
from kernel.request.status import status_of
from kernel.topics import COMMANDS, DEAD_LETTERS, KIB, REPLIES, Topic, event_type_of, topic_of
from services.request_svc.writing.partition import Applied

ORIGINAL_MAX_BYTES = 512 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One record to be sent; `partition` and `key` are the record's.

    Outputs with the same `order` leave one by one, each after the last one's acknowledgement.
    `traceparent` is what the record's header of that name says.
    """

    topic: Topic
    partition: int
    key: bytes | None
    value: bytes
    order: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the outputs come from: the log's partition, and the version of this code."""

    partition: int
    code_version: str
    commands_topic: str = COMMANDS.name


def original_offset(applied: Applied) -> int | None:
    """The offset in C of the command that goes into dead letters, if one does; to be read there."""
    payload = applied.admitted.payload
    if isinstance(payload, Entry) and payload.command_digest is not None:
        return applied.admitted.command_offset
    return None


def outputs_of(applied: Applied, source: Source, original: bytes | None = None) -> list[Output]:
    """Everything that follows from one applied record, always the same for the same record.

    `original` is the command's value, found at `original_offset`; None where it is gone.
    """
    entry = applied.admitted.payload
    if not isinstance(entry, Entry):
        return []
    outputs = [_event(step, applied, entry, source) for step in applied.steps]
    if entry.reply_to is not None:
        outputs.append(_reply(applied, entry, source))
    if entry.command_digest is not None:
        outputs.append(_dead_letter(applied, entry, source, original))
    return outputs


def envelope_of(step: Step, entry: Entry, *, partition: int, log_offset: int) -> Envelope:
    """The public event of one step of an entry, which lies there in the log."""
    status = status_of(step.request)
    return Envelope(
        event_id=step.context.event_id,
        event_type=event_type_of(type(step.event).__name__),
        workflow_id=status.workflow_id,
        timestamp=entry.at,
        data=step.event,
        metadata=EventMetadata(
            agent_id=status.agent_id,
            correlation_id=entry.correlation_id,
            request_id=entry.request_id,
            tenant=entry.tenant,
            version=status.version,
            actor=step.context.actor,
            log_partition=partition,
            log_offset=log_offset,
        ),
        request=status,
    )


def _event(step: Step, applied: Applied, entry: Entry, source: Source) -> Output:
    offset = applied.admitted.log_offset
    envelope = envelope_of(step, entry, partition=source.partition, log_offset=offset)
    return Output(
        topic=topic_of(type(step.event).__name__),
        partition=source.partition,
        key=entry.request_id.encode(),
        value=encode(envelope),
        order=entry.request_id,
    )


def _reply(applied: Applied, entry: Entry, source: Source) -> Output:
    assert entry.reply_to is not None
    reply = Reply(
        instance=entry.reply_to.instance,
        command_id=entry.command_id,
        request_id=entry.request_id,
        refusal=entry.refusal,
        repeated=entry.repeated,
        request=None if applied.request is None else status_of(applied.request),
        at=entry.at,
        partition=source.partition,
        command_offset=applied.admitted.command_offset,
        entry_hash=applied.admitted.hash,
    )
    return Output(
        topic=REPLIES,
        partition=entry.reply_to.partition,
        key=entry.reply_to.instance.encode(),
        value=encode(reply),
        order=f"reply {entry.command_id}",
    )


def _dead_letter(applied: Applied, entry: Entry, source: Source, original: bytes | None) -> Output:
    assert entry.refusal is not None
    digest = None if original is None else hashlib.sha256(original).digest()
    kept = original if digest == entry.command_digest else None
    letter = DeadLetter(
        origin_topic=source.commands_topic,
        origin_partition=source.partition,
        origin_offset=applied.admitted.command_offset,
        key=entry.request_id.encode() or None,
        value=None if kept is None else kept[:ORIGINAL_MAX_BYTES],
        cause=entry.refusal.reason,
        detail=entry.refusal.detail,
        code_version=source.code_version,
        at=entry.at,
    )
    return Output(
        topic=DEAD_LETTERS,
        partition=source.partition,
        key=entry.request_id.encode(),
        value=encode(letter),
        order=f"dead letter {applied.admitted.hash.hex()}",
    )
