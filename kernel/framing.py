"""Turns single-object encoding into the Confluent wire format and back; the Avro body stays as is.

The Confluent wire format is a zero byte, the id under which a schema registry holds the writer's
schema (4 bytes, big-endian), then the Avro body (Confluent Schema Registry, "Wire format").
"""

from event_schemas.catalog import Word
from kernel.codec import HEAD_BYTES, MARKER

ZERO = b"\x00"
CONFLUENT_HEAD_BYTES = 5


def is_confluent(value: bytes) -> bool:
    """Whether a record is framed for a registry; single-object encoding never starts so."""
    return value[:1] == ZERO


def confluent(schema_id: int, value: bytes) -> bytes:
    """A value in single-object encoding, framed with its schema's id in the registry."""
    return ZERO + schema_id.to_bytes(4) + value[HEAD_BYTES:]


def schema_id_of(value: bytes) -> int | None:
    """The schema's id in the registry; None when the value is too short to hold one."""
    if len(value) < CONFLUENT_HEAD_BYTES:
        return None
    return int.from_bytes(value[1:CONFLUENT_HEAD_BYTES])


def single_object(word: Word, value: bytes) -> bytes:
    """A framed value in single-object encoding, given the schema that its id stands for."""
    return MARKER + word.fingerprint + value[CONFLUENT_HEAD_BYTES:]
