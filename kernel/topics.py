"""The topics, as values: name, key, what they carry, how long, and which partition a key takes."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

DAY_MS = 24 * 3600 * 1000
KIB = 1024
MIB = 1024 * KIB


class Key(StrEnum):
    """What a topic's records are keyed by."""

    REQUEST = "request id"
    INSTANCE = "api instance"
    ORIGIN = "the original's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic; `retention_ms` -1 is for ever, `max_message_bytes` bounds one batch."""

    name: str
    carries: str
    key: Key = Key.REQUEST
    retention_ms: int = -1
    max_message_bytes: int = 4 * MIB
    log_append_time: bool = False

    def config(self) -> dict[str, str]:
        """The topic's settings as the broker takes them."""
        stamp = "LogAppendTime" if self.log_append_time else "CreateTime"
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": stamp,
        }


ASKS = Topic(
    name="human.input.asks",
    carries="questions published straight to Kafka (JSON, HMAC header)",
    retention_ms=7 * DAY_MS,
    max_message_bytes=512 * KIB,
    log_append_time=True,
)
COMMANDS = Topic(
    name="human.input.commands",
    carries="handraise.log.Command",
    retention_ms=7 * DAY_MS,
    max_message_bytes=512 * KIB,
    log_append_time=True,
)
LOG = Topic(
    name="human.input.log",
    carries="frames: handraise.log.Entry, Skip, Rebase",
    max_message_bytes=2 * MIB,
)
REPLIES = Topic(
    name="human.input.replies",
    carries="handraise.log.Reply",
    key=Key.INSTANCE,
    retention_ms=3600 * 1000,
)
REQUESTED = Topic(name="human.input.requested", carries="Requested, Revised")
RECEIVED = Topic(name="human.input.received", carries="Received, ChangesRequested")
TIMEOUT = Topic(name="human.input.timeout", carries="TimedOut")
CANCELLED = Topic(name="human.input.cancelled", carries="Cancelled")
ESCALATED = Topic(name="human.input.escalated", carries="Escalated, Reminded")
UPDATED = Topic(name="human.input.updated", carries="all other events")
DEAD_LETTERS = Topic(
    name="human.input.dead-letters",
    carries="handraise.log.DeadLetter",
    key=Key.ORIGIN,
    retention_ms=30 * DAY_MS,
)
PUBLIC = (REQUESTED, RECEIVED, TIMEOUT, CANCELLED, ESCALATED, UPDATED)
ALL = (ASKS, COMMANDS, LOG, REPLIES, *PUBLIC, DEAD_LETTERS)

_topic_of = {
    "Requested": REQUESTED,
    "Revised": REQUESTED,
    "Received": RECEIVED,
    "ChangesRequested": RECEIVED,
    "TimedOut": TIMEOUT,
    "Cancelled": CANCELLED,
    "Escalated": ESCALATED,
    "Reminded": ESCALATED,
}
_main_event = {"Requested", "Received", "TimedOut", "Cancelled", "Escalated"}


def topic_of(event: str) -> Topic:
    """The public topic that carries an event, by the event's name."""
    return _topic_of.get(event, UPDATED)


def event_type_of(event: str) -> str:
    """The public name of an event: the topic's for its main event, else its own."""
    if event in _main_event:
        return topic_of(event).name
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in event).lstrip("_")
    return f"human.input.{snake}"


def partition_for(request_id: str, partitions: int) -> int:
    """The partition of a request, alike in all topics keyed by it and in every language.

    The first 8 bytes of SHA-256 of the id in UTF-8, big-endian, modulo the partition count.
    The client libraries' own partitioners differ from each other, so none of them is used.
    """
    digest = hashlib.sha256(request_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % partitions
