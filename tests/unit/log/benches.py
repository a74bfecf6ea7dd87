"""A writer with a command topic and a log in memory, for tests that say what lands and what not."""

from datetime import UTC, datetime, timedelta
from typing import Any

from event_schemas.types import (
    Actor,
    ActorKind,
    Command,
    CommandBody,
    Comment,
    Entry,
    ReplyTo,
    Respond,
)
from kernel.chain import FRAME_BYTES, Head, frame, genesis
from kernel.codec import decode, encode
from services.request_svc.writing.partition import Applied, Partition
from services.request_svc.writing.ruling import Decide, Place
from services.request_svc.writing.writer import Bounds, CommandRecord, Observed, Outgoing, Writer
from tests.support.questions import ADA, AGENT, callback, opening, policy

__all__ = ["ADA", "AGENT", "callback", "opening", "policy"]

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
GENESIS = genesis("log", 0, 1)
PLACE = Place(0, 1)
NOTIFIER = Actor(
    kind=ActorKind.SERVICE, id="notifier_svc", tenant="demo", auth="service", channel="service"
)


def later(seconds: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(seconds=seconds)


def command(
    wanted: CommandBody, request_id: str = "r", actor: Actor = AGENT, **over: Any
) -> Command:
    """A command that is valid for a quarter of an hour from noon on, and awaited."""
    fields: dict[str, Any] = {
        "command_id": f"{type(wanted).__name__} {request_id} {actor.id}",
        "request_id": request_id,
        "tenant": actor.tenant,
        "actor": actor,
        "keyed": False,
        "valid_until": later(900),
        "issued_at": NOON,
        "reply_to": ReplyTo(partition=3, instance="api"),
        "body": encode(wanted),
    }
    return Command(**{**fields, **over})


def said(text: str, **over: Any) -> Command:
    """Ada's comment, under a command id of its own."""
    return command(Comment(text=text), actor=ADA, **{"command_id": text[:20], **over})


OPEN = command(opening())
APPROVE = command(Respond(decision="approve"), actor=ADA)


class Bench:
    """One writer, settled on an empty log unless another one is given."""

    def __init__(
        self,
        log: list[bytes] | None = None,
        *,
        partition: Partition | None = None,
        bounds: Bounds | None = None,
        decide: Decide | None = None,
    ) -> None:
        over = {} if decide is None else {"decide": decide}
        self.writer = Writer(partition or Partition.empty(GENESIS), PLACE, bounds=bounds, **over)
        self.log = [] if log is None else log
        self.read()
        assert self.writer.settle(len(self.log))

    @property
    def head(self) -> Head:
        """The confirmed head."""
        return self.writer.confirmed.head

    def send(self, sent: Command | bytes | None, seconds: float = 0) -> bytes:
        """Decides the next command, so many seconds after noon; its entry is in flight."""
        value = encode(sent) if isinstance(sent, Command) else sent
        record = CommandRecord(self.writer.next_command_offset, value, later(seconds))
        taken = self.writer.take(record)
        assert isinstance(taken, Outgoing)
        assert taken.command_offset == record.offset
        return taken.value

    def land(self, value: bytes) -> None:
        """A record arrives in the log."""
        self.log.append(value)

    def read(self) -> list[Observed]:
        """Reads the log to its end."""
        found: list[Observed] = []
        while self.writer.log_position < len(self.log):
            position = self.writer.log_position
            found.append(self.writer.observe(self.log[position], position))
        return found

    def decide(self, sent: Command | bytes | None, seconds: float = 0) -> Applied:
        """Decides the next command, and its entry is read back."""
        self.land(self.send(sent, seconds))
        applied = self.read()[-1].applied
        assert applied is not None
        return applied

    def entry(self, sent: Command | bytes | None, seconds: float = 0) -> Entry:
        """The entry of the next command, read back."""
        payload = self.decide(sent, seconds).admitted.payload
        assert isinstance(payload, Entry)
        return payload


def entry_in(value: bytes) -> Entry:
    """The entry that a record of the log holds."""
    found = decode(value[FRAME_BYTES:])
    assert isinstance(found, Entry)
    return found


def after(head: Head, word: Any) -> bytes:
    """The record that extends a head with a word."""
    return frame(head, encode(word))


def reason_of(entry: Entry) -> str | None:
    """Why an entry's command was turned down, as one word."""
    return None if entry.refusal is None else str(entry.refusal.reason)
