"""The parts under test, as the simulation puts them together; a safeguard is switched off here."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from kernel.chain import Admitted, Head, admit, verify_stored
from services.request_svc.checkpoints.checkpoint import Checkpoint, dump, load
from services.request_svc.relaying.outputs import Output, Source, outputs_of
from services.request_svc.writing.partition import Applied, Contents, Partition
from services.request_svc.writing.ruling import Place
from services.request_svc.writing.writer import Bounds, CommandRecord, Hole, Outgoing, Writer
from tests.simulator.broker import CommandTopic
from tests.simulator.releases import decide_of

PLACE = Place(0, 2)
BOUNDS = Bounds(entries=6, bytes=40_000, entry_bytes=2500, refusal_bytes=1500, state_bytes=1500)


@dataclass(frozen=True, slots=True)
class Rates:
    """How likely each rare thing is, per step."""

    kill: float = 0.0008
    stop: float = 0.0008
    own: float = 0.003
    reconnect: float = 0.0004
    forget_producer: float = 0.002
    new_entries: float = 0.00002
    retention: float = 0.00002
    cut_log: float = 0.00004
    cut_commands: float = 0.00002
    clock_jump: float = 0.0006
    long_idle: float = 0.0002
    gap: float = 0.001


class Build:
    """Everything as it is shipped."""

    rates = Rates()
    bounds = BOUNDS
    waits_for_relay = True

    def patched(self) -> AbstractContextManager[None]:
        """Code that runs otherwise in this build."""
        return nullcontext()

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer of a release."""
        return Writer(partition, PLACE, bounds=self.bounds, decide=decide_of(release))

    def snapshot(self, writer: Writer) -> Contents:
        """What a checkpoint is made of."""
        return writer.confirmed.snapshot()

    def dump(self, contents: Contents) -> Checkpoint:
        """A checkpoint."""
        return dump(contents)

    def load(self, checkpoint: Checkpoint) -> Partition:
        """A partition from a checkpoint."""
        return load(checkpoint.manifest, checkpoint.parts)

    def verify(self, head: Head, value: bytes | None) -> None:
        """Compares a stored head with what the log holds there."""
        verify_stored(head, value)

    def check_commands(self, writer: Writer, first: int, end: int, last: bytes | None) -> None:
        """Compares C with the head."""
        writer.check_commands(first, end, last)

    def skip(self, writer: Writer, hole: Hole, first: int) -> Outgoing | None:
        """Passes over a hole."""
        return writer.skip(hole, first)

    def admit(self, head: Head, value: bytes, log_offset: int) -> Admitted | None:
        """How a view reads the log."""
        return admit(head, value, log_offset)

    def fetch(self, commands: CommandTopic, offset: int) -> CommandRecord | None:
        """The next record of C; out of range is an error."""
        return commands.fetch(offset)

    def outputs(self, applied: Applied, source: Source, original: bytes | None) -> list[Output]:
        """What an entry says to the outside."""
        return outputs_of(applied, source, original)

    def relays(self, *, own: bool) -> bool:
        """Whether a process relays what it reads, its own entries and others'."""
        return True

    def sent(self, process: Any) -> None:
        """An entry was handed to the producer, which says nothing yet."""

    def acknowledged(self, process: Any, value: bytes, log_offset: int) -> None:
        """A send was acknowledged, which is no evidence of anything."""
