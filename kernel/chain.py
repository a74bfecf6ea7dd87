"""The log's hash chain: frames, heads, and the rule by which every reader admits the same records.

A record of the log is a frame that never changes and then Avro bytes:

    magic "HR" | version 1 | previous, 32 bytes | command offset, 8 bytes big endian | payload

Its hash is SHA-256 over the whole value. A record is admitted if and only if it extends the head:
it names the head's hash as previous and the next command's offset. So the first record to extend
the chain wins, whoever wrote it, and all readers agree whatever else lies in the log.
"""

import hashlib
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from event_schemas.types import Entry, Rebase, Skip, StoredHead
from kernel.codec import decode
from kernel.errors import LogCut, Unreadable

MAGIC = b"HR\x01"
_FRAME = struct.Struct(">3s32sq")
FRAME_BYTES = _FRAME.size
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

Payload = Entry | Skip | Rebase


@dataclass(frozen=True, slots=True)
class Head:
    """Where a reader of one partition of the log stands.

    `next_command_offset` is the offset of the command whose entry comes next, `hash` that of the
    last admitted record, `at` its time, `log_offset` its offset in the log (-1 before the first).
    """

    next_command_offset: int
    hash: bytes
    at: datetime
    last_command_id: str
    log_offset: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """A record that extends the chain, with the head before and after it."""

    payload: Payload
    hash: bytes
    command_offset: int
    log_offset: int
    before: Head
    after: Head


def genesis(topic: str, partition: int, partitions: int) -> Head:
    """The head before the first record of a partition; topics of other shapes have other ones."""
    seed = b"\x00".join((b"handraise-log-1", topic.encode(), b"%d" % partition, b"%d" % partitions))
    return Head(0, hashlib.sha256(seed).digest(), BEGINNING, "", -1)


def frame(head: Head, payload: bytes) -> bytes:
    """The value of the record that extends `head` with `payload`."""
    return _FRAME.pack(MAGIC, head.hash, head.next_command_offset) + payload


def hash_of(value: bytes) -> bytes:
    """The hash of a record: SHA-256 over its whole value."""
    return hashlib.sha256(value).digest()


def extends(head: Head, value: bytes) -> bool:
    """Whether a record is the one that comes after `head`. Key, headers and sender mean nothing."""
    if len(value) < FRAME_BYTES:
        return False
    magic, previous, command_offset = _FRAME.unpack_from(value)
    return magic == MAGIC and previous == head.hash and command_offset == head.next_command_offset


def admit(head: Head, value: bytes, log_offset: int) -> Admitted | None:
    """The record as admitted after `head`, or None if it is noise to be skipped and counted.

    Raises:
        Unreadable: it extends the chain but this release can't read it; the reader must stop.
    """
    if not extends(head, value):
        return None
    payload = decode(value[FRAME_BYTES:])
    if not isinstance(payload, Entry | Skip | Rebase):
        raise Unreadable(f"an admitted {type(payload).__name__} is no entry")
    after = advance(head, payload, hash_of(value), log_offset)
    return Admitted(
        payload, after.hash, head.next_command_offset, log_offset, before=head, after=after
    )


def advance(head: Head, payload: Payload, value_hash: bytes, log_offset: int) -> Head:
    """The head after a record with this payload and hash."""
    if isinstance(payload, Entry):
        following, command_id = head.next_command_offset + 1, payload.command_id
    else:
        following, command_id = payload.to, head.last_command_id
    return Head(following, value_hash, payload.at, command_id, log_offset)


def unplaced(head: Head) -> Head:
    """The same head for comparing: where a record landed in the log says nothing about it."""
    return replace(head, log_offset=-1)


def verify_stored(head: Head, value: bytes | None) -> None:
    """Checks a stored head against the record found at its log offset, before going on from it.

    Raises:
        LogCut: the record is gone or another one stands there.
    """
    if value is None or hash_of(value) != head.hash:
        raise LogCut(f"the log no longer holds the record of head {head.hash.hex()[:16]}")


def stored(head: Head) -> StoredHead:
    """The head as a word, to be kept beside what was built from it."""
    return StoredHead(
        next_command_offset=head.next_command_offset,
        hash=head.hash,
        at=head.at,
        last_command_id=head.last_command_id,
        log_offset=head.log_offset,
    )


def restored(word: StoredHead) -> Head:
    """The head that a stored word stands for."""
    return Head(word.next_command_offset, word.hash, word.at, word.last_command_id, word.log_offset)
