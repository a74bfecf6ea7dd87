"""Builds that read, check, checkpoint or relay without one of the safeguards."""

from dataclasses import replace
from typing import Any

from kernel.chain import BEGINNING, Admitted, Head, admit
from kernel.codec import body_of
from kernel.errors import Unreadable
from services.request_svc.checkpoints.checkpoint import Checkpoint
from services.request_svc.relaying.outputs import Output, Source, outputs_of
from services.request_svc.writing.partition import Applied, Contents, Partition
from services.request_svc.writing.writer import CommandRecord, Hole, Observed, Outgoing, Writer
from tests.simulator.broker import CommandTopic
from tests.simulator.build import PLACE, Build, Rates
from tests.simulator.oracle import keys_of
from tests.simulator.releases import decide_of


class NoStoredHeadCheck(Build):
    """A3: goes on from a stored head without looking at the log."""

    rates = Rates(cut_log=0.001)

    def verify(self, head: Head, value: bytes | None) -> None:
        """Believes."""


class NoCommandCheck(Build):
    """A3: goes on reading C where it stood, whatever C holds now."""

    rates = Rates(cut_commands=0.004)

    def check_commands(self, writer: Writer, first: int, end: int, last: bytes | None) -> None:
        """Believes."""

    def fetch(self, commands: CommandTopic, offset: int) -> CommandRecord | None:
        """Waits for C to grow again."""
        return None if offset > commands.end else commands.fetch(offset)


class _Deaf(Writer):
    def observe(self, value: bytes | None, log_offset: int) -> Observed:
        try:
            return super().observe(value, log_offset)
        except Unreadable:
            return Observed(None, doubt=False)


class UnknownEntriesSkipped(Build):
    """A6: takes an admitted entry that it can't read for noise."""

    rates = Rates(new_entries=0.001)

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer that reads on."""
        return _Deaf(partition, PLACE, bounds=self.bounds, decide=decide_of(release))

    def admit(self, head: Head, value: bytes, log_offset: int) -> Admitted | None:
        """A view that reads on."""
        try:
            return admit(head, value, log_offset)
        except Unreadable:
            return None


class OutwardWhenDecided(Build):
    """A7: tells the outcome when it is decided, not when it is read."""

    def relays(self, *, own: bool) -> bool:
        """Told already."""
        return False

    def sent(self, process: Any) -> None:
        """Tells at once."""
        flying = process.writer._assumed._flying[-1]
        admitted = Admitted(
            flying.payload,
            flying.hash,
            0,
            len(process.shared.broker.log),
            flying.before,
            flying.after,
        )
        applied = Applied(admitted, flying.effect.steps, flying.effect.request)
        outputs = outputs_of(applied, process.shared.source)
        for output, key in zip(outputs, keys_of(applied, outputs), strict=True):
            process.shared.oracle.land(key, output)


class OutwardOnlyByItsWriter(Build):
    """A7: tells only of entries that it wrote itself."""

    def relays(self, *, own: bool) -> bool:
        """Leaves the others' to the others."""
        return own


class _Careless(Writer):
    def reread(self) -> int:
        return self.log_position


class NoRereading(Build):
    """A3: after a reconnect goes on from its position, beyond noise that may have been cut off."""

    rates = Rates(cut_log=0.004)

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer that reads on."""
        return _Careless(partition, PLACE, bounds=self.bounds, decide=decide_of(release))


class CheckpointOfAssumed(Build):
    """Rule 6: a checkpoint holds what is in flight."""

    rates = Rates(kill=0.004)

    def snapshot(self, writer: Writer) -> Contents:
        """The confirmed state with the assumed requests over it."""
        contents = writer.confirmed.snapshot()
        for name, request in writer._assumed._requests.items():
            if name in contents.requests:
                contents.requests[name] = body_of(request.state)
        return contents


class CheckpointBeforeRelay(Build):
    """Rule 6: a checkpoint is written before what it covers is relayed."""

    rates = Rates(kill=0.004)
    waits_for_relay = False


class TimeNotInHead(Build):
    """A4: the head does not keep the log's time."""

    rates = Rates(kill=0.004, clock_jump=0.004)

    def load(self, checkpoint: Checkpoint) -> Partition:
        """A partition that begins anew in time."""
        contents = super().load(checkpoint).snapshot()
        contents.head = replace(contents.head, at=BEGINNING)
        return Partition(contents)


class NoSkip(Build):
    """A2: waits for a command that will never come."""

    def skip(self, writer: Writer, hole: Hole, first: int) -> Outgoing | None:
        """Waits."""
        return None


class LostCommandsSkipped(Build):
    """A2: takes commands that retention deleted for a hole."""

    rates = Rates(retention=0.0005)

    def check_commands(self, writer: Writer, first: int, end: int, last: bytes | None) -> None:
        """Only looks at the end."""
        writer.check_commands(min(first, writer.confirmed.head.next_command_offset), end, last)

    def fetch(self, commands: CommandTopic, offset: int) -> CommandRecord | None:
        """As `auto_offset_reset` would: jumps to what is left."""
        return commands.fetch(max(commands.first, offset))

    def skip(self, writer: Writer, hole: Hole, first: int) -> Outgoing | None:
        """Passes over."""
        return writer.skip(hole, 0)


class NoRelayOrder(Build):
    """A11: an event leaves before the earlier ones of its request are acknowledged."""

    def outputs(self, applied: Applied, source: Source, original: bytes | None) -> list[Output]:
        """Outputs that wait for none."""
        every = super().outputs(applied, source, original)
        return [replace(output, order=f"{output.order} {i}") for i, output in enumerate(every)]
