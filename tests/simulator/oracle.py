"""The truth: a reader that is always at the log's end, and checks each entry as it is admitted."""

from collections import OrderedDict
from dataclasses import replace

from event_schemas.types import (
    Cancelled,
    Command,
    Entry,
    Rebase,
    Received,
    Refusal,
    RefusalReason,
    Requested,
    Skip,
    TimedOut,
)
from kernel.chain import Admitted, Head, admit, unplaced
from kernel.codec import decode_as
from kernel.errors import Unreadable
from services.request_svc.relaying.outputs import Output, Source, outputs_of
from services.request_svc.writing.partition import Applied, Contents, Partition
from services.request_svc.writing.writer import CommandRecord
from tests.simulator.broker import CommandTopic
from tests.simulator.invariants import require
from tests.simulator.releases import Release

COPIES = 600
COMPARED = 8

# An entry's hash and the index of its event, or what else follows from it.
OutputKey = tuple[bytes, int | str]
_ends = (Received, TimedOut, Cancelled)


def keys_of(applied: Applied, outputs: list[Output]) -> list[OutputKey]:
    """What each output of an entry is known by, in their order."""
    events = len(applied.steps)
    rest = ["reply", "dead letter"]
    if len(outputs) > events and outputs[events].topic.name == "human.input.dead-letters":
        rest = rest[1:]
    names: list[int | str] = [*range(events), *rest[: len(outputs) - events]]
    return [(applied.admitted.hash, name) for name in names]


class Oracle:
    """What the log holds, what has come of it, and what must still come of it."""

    def __init__(self, genesis: Head, commands: CommandTopic, source: Source) -> None:
        self.heads = [genesis]
        self.partition = Partition.empty(genesis)
        self.copies: OrderedDict[int, Contents] = OrderedDict()
        self.applied: dict[bytes, Applied] = {}
        self.landed: set[OutputKey] = set()
        self.decided: dict[int, str] = {}
        self.rebases: set[bytes] = set()
        self._commands = commands
        self._source = source
        self._before: dict[OutputKey, OutputKey] = {}
        self._last_output: dict[str, OutputKey] = {}
        self._last_entry: dict[str, bytes] = {}
        self._first: dict[bytes | None, Refusal | None] = {}
        self._ended: set[str] = set()

    def like_new(self) -> "Oracle":
        """An oracle of the same log that has read nothing yet."""
        oracle = Oracle(self.heads[0], self._commands, self._source)
        oracle.rebases = self.rebases
        return oracle

    @property
    def head(self) -> Head:
        """The head at the log's end."""
        return self.heads[-1]

    def see(self, value: bytes) -> None:
        """Reads the record that was just appended."""
        running, Release.current = Release.current, 2
        admitted = admit(self.head, value, len(self.heads) - 1)
        if admitted is not None:
            self._check(admitted)
            applied = self.partition.apply(admitted)
            self._note(applied)
        self.heads.append(self.head if admitted is None else admitted.after)
        Release.current = running

    # Checks -----------------------------------------------------------------------------------

    def _check(self, admitted: Admitted) -> None:
        offset, payload = admitted.command_offset, admitted.payload
        slots = self._commands.slots
        require(payload.at >= admitted.before.at, "I8", f"{payload.at} < {admitted.before.at}")
        match payload:
            case Entry():
                self._check_entry(payload, offset)
            case Skip():
                passed = [o for o in range(offset, payload.to) if slots[o : o + 1] != [None]]
                # A skip may land after C was cut; then its writers must notice, see the end.
                right = payload.to > offset and (not passed or self._commands.was_cut)
                require(right, "I2", f"skipped commands {passed}")
            case Rebase():
                require(admitted.hash in self.rebases, "I2", "a rebase without an operator")
                self.decided = {o: c for o, c in self.decided.items() if o < payload.to}

    def _check_entry(self, entry: Entry, offset: int) -> None:
        # The command of an entry that lands after C was cut may be gone, or another one.
        self.decided[offset] = entry.command_id
        require(entry.request_previous == self._previous(entry), "I6", f"entry of command {offset}")
        acted = any(not recorded.by_policy for recorded in entry.events)
        require(not (entry.repeated and acted), "I7", f"{entry.command_id} had effects twice")
        self._check_outcome(entry, offset)

    def _previous(self, entry: Entry) -> bytes | None:
        held = self.partition.request(entry.request_id)
        if held is None or held.state.tenant != entry.tenant:
            return None
        return self._last_entry[entry.request_id]

    def _check_outcome(self, entry: Entry, offset: int) -> None:
        record = self._commands.slots[offset] if offset < self._commands.end else None
        command = None if record is None else _command(record.value)
        if record is None or command is None or command.command_id != entry.command_id:
            return
        if command.valid_until is None and not command.keyed:
            return
        key = record.value
        if key not in self._first:
            self._first[key] = entry.refusal
            return
        expired = entry.refusal is not None and entry.refusal.reason is RefusalReason.EXPIRED
        first, by_clock = self._first[key], all(r.by_policy for r in entry.events)
        same = by_clock and entry.refusal == first
        if entry.command == "Open" and first is not None and entry.refusal is not None:
            # A request that is there judges its opening anew: the reason stays, its state moves.
            same = by_clock and entry.refusal.reason == first.reason
        told = f"command {command.command_id} came to something else: {entry}"
        require(same or (expired and not entry.events), "I7", told)

    def _check_steps(self, applied: Applied, entry: Entry) -> None:
        for step in applied.steps:
            event, request_id = step.event, entry.request_id
            if isinstance(event, Requested):
                self._ended.discard(request_id)
            if isinstance(event, _ends):
                require(request_id not in self._ended, "I7", f"{request_id} ended twice")
                self._ended.add(request_id)
            if isinstance(event, TimedOut):
                late = event.deadline <= entry.received_at
                require(late, "I8", f"{request_id} timed out before its deadline")
            if isinstance(event, Received) and not step.by_policy:
                state = step.request.state
                in_time = state.deadline is None or entry.received_at < state.deadline
                require(in_time, "I8", f"{request_id} was answered after its deadline")

    # Notes ------------------------------------------------------------------------------------

    def _note(self, applied: Applied) -> None:
        entry, value_hash = applied.admitted.payload, applied.admitted.hash
        self.applied[value_hash] = applied
        self.copies[applied.admitted.log_offset] = self.partition.snapshot()
        if len(self.copies) > COPIES:
            self.copies.popitem(last=False)
        if not isinstance(entry, Entry):
            return
        self._check_steps(applied, entry)
        if applied.request is not None:
            self._last_entry[entry.request_id] = value_hash
        for index in range(len(applied.steps)):
            key = (value_hash, index)
            before = self._last_output.get(entry.request_id)
            if before is not None:
                self._before[key] = before
            self._last_output[entry.request_id] = key

    def land(self, key: OutputKey, output: Output) -> None:
        """Something outward reached its topic."""
        applied = self.applied.get(key[0])
        require(applied is not None, "I3", f"{output.topic.name} tells of what was not admitted")
        assert applied is not None
        before = self._before.get(key)
        ordered = before is None or before in self.landed
        require(ordered, "I4", "an event was sent before the one before it of its request")
        if key not in self.landed and len(self.landed) % COMPARED == 0:
            self._compare_output(key, output, applied)
        self.landed.add(key)

    def _compare_output(self, key: OutputKey, output: Output, applied: Applied) -> None:
        if key[1] == "dead letter":
            return  # holds the command's bytes only while C does
        expected = outputs_of(applied, self._source)
        named = dict(zip(keys_of(applied, expected), expected, strict=True))
        found = named.get(key)
        same = found is not None and replace(found, order=output.order) == output
        require(same, "I3", f"{key[1]} of {applied.admitted.payload}")

    def first_undecided(self) -> int:
        """The first offset of C whose command has no entry of its own."""
        commands = self._commands
        for offset in range(commands.first, commands.end):
            record = commands.at(offset)
            if record is not None and self.decided.get(offset) != _id_of(record):
                return offset
        return commands.end

    def check_decided(self, record: CommandRecord) -> None:
        """Checks that a command that C holds came to an entry of its own."""
        found = self.decided.get(record.offset)
        require(found == _id_of(record), "I10", f"command {record.offset} came to nothing")

    def missing(self) -> list[OutputKey]:
        """What should have landed and has not."""
        found: list[OutputKey] = []
        for applied in self.applied.values():
            expected = keys_of(applied, outputs_of(applied, self._source))
            found.extend(key for key in expected if key not in self.landed)
        return found

    def compare_head(self, head: Head, position: int) -> None:
        """Checks a reader's head before the record at a position.

        Once a log was cut, a reader may hold a head that a duplicate of its record confirmed.
        """
        same = unplaced(head) == unplaced(self.heads[position])
        require(same, "I1", f"before log offset {position}: {head}, {self.heads[position]}")

    def compare(self, partition: Partition) -> None:
        """Checks a fold against the truth at its head, as whole maps."""
        contents = partition.snapshot()
        truth = self.copies.get(contents.head.log_offset)
        if truth is None:
            return
        require(unplaced(contents.head) == unplaced(truth.head), "I5", "the head")
        for name in ("last_command", "requests", "policies", "sharing", "seen"):
            same = getattr(contents, name) == getattr(truth, name)
            require(same, "I5", f"{name} at log offset {contents.head.log_offset}")
        require(sorted(contents.expiries) == sorted(truth.expiries), "I5", "expiries")


def _id_of(record: CommandRecord) -> str:
    command = _command(record.value)
    return "" if command is None else command.command_id


def _command(value: bytes | None) -> Command | None:
    try:
        return decode_as(Command, value or b"")
    except Unreadable:
        return None
