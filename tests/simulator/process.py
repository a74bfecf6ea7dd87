"""One request_svc process around a real writer: reads, decides, relays, checkpoints, doubts."""

from random import Random
from typing import Protocol

from kernel.errors import CommandsLost, LogCut, Unreadable
from services.request_svc.checkpoints.checkpoint import Checkpoint
from services.request_svc.relaying.outputs import Source, original_offset
from services.request_svc.writing.partition import Applied, Contents, Partition
from services.request_svc.writing.writer import CommandRecord, Hole, Known, Outgoing
from tests.simulator.broker import Broker, OutOfRange
from tests.simulator.build import Build
from tests.simulator.invariants import Broken, require
from tests.simulator.oracle import Oracle, keys_of
from tests.simulator.relaying import Relaying
from tests.simulator.releases import Release

RELAY_LAG = 40
CHECKPOINT_EVERY = 40
CHECKPOINTS_KEPT = 2
CATCH_UP = 4


class Shared(Protocol):
    """What processes share: the broker, Postgres, and the truth they are measured by."""

    rng: Random
    build: Build
    broker: Broker
    oracle: Oracle
    source: Source
    checkpoints: list[Checkpoint]
    relay_position: int
    written: dict[tuple[object, ...], bytes]
    steps: int


class Process:
    """A process, from its start to its death; `halted` waits for an operator's rebase."""

    def __init__(self, shared: Shared, release: int, partition: Partition) -> None:
        self.shared = shared
        self.release = release
        self.writer = shared.build.writer(partition, release)
        self.session = shared.broker.session()
        self.epoch = shared.broker.epoch
        self.owned = False
        self.stopped_until = 0
        self.halted = False
        self.dead = False
        start = max(shared.relay_position, partition.head.log_offset + 1)
        self.relay = Relaying(start)
        self._cursor = 0
        self._settling: int | None = None
        self._rest = 0
        self._since_checkpoint = 0
        self._taken: Contents | None = None
        self._actions = (
            (0.34, self.read),
            (0.66, self.decide),
            (0.76, self.relay.send_some),
            (0.78, self.timer),
            (0.80, self.checkpoint),
            (0.82, self.note_position),
        )

    def act(self) -> None:
        """Does one thing."""
        Release.current = self.release
        try:
            self._act()
        except Unreadable:
            self.dead = True  # gives the partition up; an operator starts a newer release
        except LogCut:
            self.dead = True  # stops, alarms, and is started from a checkpoint that holds
        except CommandsLost:
            self.writer.doubt()
            self.halted = True

    def _act(self) -> None:
        if self.epoch != self.shared.broker.epoch:
            self.reconnect()
        elif self.halted:
            self._wait_for_rebase()
        elif self._settling is not None or not self.writer.settled:
            self.settle()
        else:
            chance = self.shared.rng.random() * 0.82
            for below, action in self._actions:
                if chance < below:
                    action()
                    return

    # Reading ----------------------------------------------------------------------------------

    def read(self) -> None:
        """Takes in the next record of L."""
        shared, writer = self.shared, self.writer
        position = writer.log_position
        if position >= len(shared.broker.log):
            return
        first, value = writer._assumed.first, shared.broker.log[position]
        own = first is not None and first.value == value
        observed = writer.observe(value, position)
        shared.oracle.compare_head(writer.confirmed.head, position + 1)
        if observed.applied is not None:
            self._applied(observed.applied, position, own=own)
        else:
            self.relay.add(position, [], [])
        if observed.doubt:
            self.doubt()

    def _applied(self, applied: Applied, position: int, *, own: bool) -> None:
        self._since_checkpoint += 1
        if position < self.relay.start or not self.shared.build.relays(own=own):
            return
        offset = original_offset(applied)
        record = None if offset is None else self.shared.broker.commands.at(offset)
        original = None if record is None else record.value
        outputs = self.shared.build.outputs(applied, self.shared.source, original)
        self.relay.add(position, outputs, keys_of(applied, outputs))

    def reconnect(self) -> None:
        """Connections broke: the log may have been cut meanwhile."""
        head, log = self.writer.confirmed.head, self.shared.broker.log
        if head.log_offset >= 0:
            value = log[head.log_offset] if head.log_offset < len(log) else None
            self.shared.build.verify(head, value)
        self.epoch = self.shared.broker.epoch
        self.writer.reread()
        self.doubt()

    # Deciding ---------------------------------------------------------------------------------

    def settle(self) -> None:
        """Reads L to its end as of the doubt, then takes C up where the head says."""
        if self._rest > 0:
            self._rest -= 1
            return
        if self._settling is None:
            self._settling = len(self.shared.broker.log)
        for _ in range(CATCH_UP):
            if self._settling is None or self.writer.settle(self._settling):
                break
            self.read()
        if self._settling is None or not self.writer.settled:
            return
        commands, last = self.shared.broker.commands, self.writer.confirmed.last_command
        found = None if last is None else commands.at(last.offset)
        value = None if found is None else found.value
        self.shared.build.check_commands(self.writer, commands.first, commands.end, value)
        self._settling = None
        self._cursor = self.writer.next_command_offset

    def decide(self) -> None:
        """Takes the next command."""
        writer, shared = self.writer, self.shared
        if not self.owned or writer.full or self.relay.waiting > RELAY_LAG:
            return
        if shared.rng.random() < 0.002:
            self._cursor += 2  # a consumer's position jumps: no reason for anything
        try:
            commands = shared.broker.commands
            record = shared.build.fetch(commands, self._cursor)
        except OutOfRange as error:
            if self._cursor > commands.end >= writer.next_command_offset:
                self._cursor = writer.next_command_offset
                return
            raise CommandsLost(str(error)) from error
        if record is None:
            return
        match self._take(record):
            case Outgoing() as entry:
                self._send(entry, (record.value, record.received_at))
                self._cursor = record.offset + 1
            case Hole() as hole:
                self._pass_over(hole)
            case Known():
                self._cursor = record.offset + 1

    def _take(self, record: CommandRecord) -> Outgoing | Hole | Known:
        try:
            return self.writer.take(record)
        except CommandsLost:
            raise
        except Exception as error:
            raise Broken("I11", f"command {record.offset}: {error!r}") from error

    def _pass_over(self, hole: Hole) -> None:
        commands = self.shared.broker.commands
        if commands.at(hole.offset) is not None:
            self._cursor = hole.offset
            return
        entry = self.shared.build.skip(self.writer, hole, commands.first)
        if entry is not None:
            self._send(entry, hole)

    def _send(self, entry: Outgoing, decided: object) -> None:
        writer, bounds = self.writer, self.shared.build.bounds
        inside = writer.flying <= bounds.entries and writer.flying_bytes <= bounds.bytes
        require(inside, "I9", f"{writer.flying} entries of {writer.flying_bytes} bytes in flight")
        place = (self.release, Release.new_entries, entry.value[3:43], decided)
        before = self.shared.written.setdefault(place, entry.value)
        require(
            before == entry.value, "I12", f"release {self.release}: {entry.value!r}, {before!r}"
        )
        self.session.send(entry.value)
        self.shared.build.sent(self)

    def doubt(self) -> None:
        """Drops what is in flight and the producer, and starts over from the log."""
        self.writer.doubt()
        self.session = self.shared.broker.session(self.session)
        self._settling = None
        self._rest = self.shared.rng.randrange(12)

    def timer(self) -> None:
        """Notices failed sends and entries that nobody admits."""
        if self.session.failed or self.writer.stalled(self.shared.broker.clock.elapsed):
            self.doubt()

    def _wait_for_rebase(self) -> None:
        before = self.writer.confirmed.head.hash
        self.read()
        if self.writer.confirmed.head.hash != before:
            self.halted = False
            self.doubt()

    # Relay and checkpoints --------------------------------------------------------------------

    def note_position(self) -> None:
        """Commits the relay's position."""
        self.shared.relay_position = self.relay.position

    def checkpoint(self) -> None:
        """Takes a checkpoint, and writes it once the relay has passed it."""
        if self._taken is None and self._since_checkpoint >= CHECKPOINT_EVERY:
            self._since_checkpoint = 0
            self._taken = self.shared.build.snapshot(self.writer)
        if self._taken is None:
            return
        relayed = self.relay.position > self._taken.head.log_offset
        if relayed or not self.shared.build.waits_for_relay:
            found = [*self.shared.checkpoints, self.shared.build.dump(self._taken)]
            found.sort(key=lambda checkpoint: checkpoint.log_offset)
            self.shared.checkpoints = found[-CHECKPOINTS_KEPT:]
            self._taken = None
