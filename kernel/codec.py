"""Turns words into bytes and back, in Avro's single-object encoding.

Two marker bytes (C3 01), the CRC-64-AVRO fingerprint of the writer's schema (8 bytes, little
endian), then the Avro body (Avro 1.12 specification, "Single-object encoding"). No server is
needed to read it: the catalog knows every schema ever released.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, ClassVar, Protocol, TypeVar

from fastavro import schemaless_reader, schemaless_writer

from event_schemas import types
from event_schemas.catalog import Word, released, words
from event_schemas.types import EVENTS, Envelope, Event, EventMetadata, Record, RequestStatus
from kernel.errors import Unreadable

MARKER = b"\xc3\x01"
HEAD_BYTES = 10
_PUBLIC = "handraise.public."
_events: dict[str, type[Event]] = {event.__name__: event for event in EVENTS}

W = TypeVar("W")


class Encodable(Protocol):
    """A word: a generated type that knows its schema's name and its record."""

    SCHEMA: ClassVar[str]

    def as_record(self) -> Record:
        """The dictionary that fastavro writes."""
        ...


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schemas that bytes may be written in, by fingerprint."""

    by_fingerprint: dict[bytes, Word]


@cache
def known_schemas() -> Schemas:
    """All schemas of today and of every release."""
    every = [*released(), *words().values()]
    return Schemas({word.fingerprint: word for word in every})


def schema_name(word: Encodable) -> str:
    """The full name of the schema a word is written in; an envelope's follows its event."""
    if isinstance(word, Envelope):
        return _PUBLIC + type(word.data).__name__
    return word.SCHEMA


def body_of(word: Encodable) -> bytes:
    """The bare Avro body, without any header."""
    out = BytesIO()
    schemaless_writer(out, words()[schema_name(word)].parsed, word.as_record())
    return out.getvalue()


def encode(word: Encodable) -> bytes:
    """A word in single-object encoding."""
    return MARKER + words()[schema_name(word)].fingerprint + body_of(word)


def decode(data: bytes) -> Any:
    """The word that the bytes hold, whichever released version wrote them.

    Raises:
        Unreadable: no known schema, cut short, or with something behind it.
    """
    if len(data) < HEAD_BYTES or data[:2] != MARKER:
        raise Unreadable("no single-object header")
    writer = known_schemas().by_fingerprint.get(data[2:HEAD_BYTES])
    if writer is None:
        raise Unreadable(f"no schema with fingerprint {data[2:HEAD_BYTES].hex()}")
    return read_body(writer, data[HEAD_BYTES:])


def decode_as(kind: type[W], data: bytes) -> W:
    """As `decode`, and the word must be of this type.

    Raises:
        Unreadable: as `decode`, or the bytes hold another word.
    """
    word = decode(data)
    if not isinstance(word, kind):
        raise Unreadable(f"expected {kind.__name__}, found {type(word).__name__}")
    return word


def read_body(writer: Word, body: bytes) -> Any:
    """The word that a bare Avro body holds, given the schema it was written in.

    Raises:
        Unreadable: the body does not fit the schema.
    """
    source = BytesIO(body)
    reader = words().get(writer.name)
    if reader is None:
        raise Unreadable(f"{writer.name} is no word of ours any more")
    same = reader.fingerprint == writer.fingerprint
    try:
        record: Any = schemaless_reader(source, writer.parsed, None if same else reader.parsed)
        word = from_record(writer.name, record)
    except Exception as error:
        raise Unreadable(f"{writer.name}: {type(error).__name__}: {error}") from error
    if source.tell() != len(body):
        raise Unreadable(f"{writer.name}: {len(body) - source.tell()} bytes too many")
    return word


def from_record(name: str, record: Record) -> Any:
    """The word made from the dictionary that fastavro read."""
    short = name.rpartition(".")[2]
    if not name.startswith(_PUBLIC) or name == EventMetadata.SCHEMA:
        return getattr(types, short).from_record(record)
    return Envelope(
        event_id=record["event_id"],
        event_type=record["event_type"],
        workflow_id=record["workflow_id"],
        timestamp=record["timestamp"],
        data=_events[short].from_record(record["data"]),
        metadata=EventMetadata.from_record(record["metadata"]),
        request=RequestStatus.from_record(record["request"]),
    )
