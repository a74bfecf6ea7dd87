"""A broker as seen by one partition: two logs, sessions whose packets land late, and a clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from services.request_svc.writing.writer import CommandRecord

RECORD_MAX_BYTES = 4096
PACKETS_UNDER_WAY = 5
SESSIONS = 10


class OutOfRange(Exception):
    """A position that a topic no longer holds, or does not yet hold."""


class Clock:
    """The broker's clock, which may jump either way; `elapsed` never goes back."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.skew = timedelta()
        self.elapsed = 0.0

    def tick(self, rng: Random) -> None:
        """A step of the simulation takes a while."""
        self.now += timedelta(milliseconds=rng.randrange(400))
        self.elapsed += 0.02

    def stamp(self) -> datetime:
        """What the broker puts on a command."""
        stamp = self.now + self.skew
        return stamp.replace(microsecond=stamp.microsecond // 1000 * 1000)


class CommandTopic:
    """C: records with gaps, whose beginning is deleted by retention and whose end may be cut."""

    def __init__(self) -> None:
        self.slots: list[CommandRecord | None] = []
        self.first = 0
        self.was_cut = False

    @property
    def end(self) -> int:
        """The offset of the next record."""
        return len(self.slots)

    def append(self, value: bytes | None, received_at: datetime) -> None:
        """A command arrives."""
        self.slots.append(CommandRecord(self.end, value, received_at))

    def gap(self) -> None:
        """A transaction's marker takes an offset."""
        self.slots.append(None)

    def at(self, offset: int) -> CommandRecord | None:
        """The record at an offset, if it is there to be read."""
        return self.slots[offset] if self.first <= offset < self.end else None

    def fetch(self, offset: int) -> CommandRecord | None:
        """The first record from an offset on, None at the end.

        Raises:
            OutOfRange: the offset lies before the first or after the end.
        """
        if not self.first <= offset <= self.end:
            raise OutOfRange(f"{offset} is not in {self.first}..{self.end}")
        while offset < self.end:
            record = self.slots[offset]
            if record is not None:
                return record
            offset += 1
        return None

    def cut(self, end: int) -> None:
        """The tail is lost in a power cut."""
        self.was_cut = True
        del self.slots[end:]
        self.first = min(self.first, end)


class Session:
    """An idempotent producer's packets under way, which land even after its process is dead."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.flying: dict[int, bytes] = {}
        self.following = 0
        self.failed = False
        self.discarded = False

    def send(self, value: bytes) -> None:
        """Hands a record to the producer."""
        self.flying[self.following] = value
        self.following += 1


class Broker:
    """C and L, and what lands there. `appended` is told of each record of L."""

    def __init__(self, appended: Callable[[bytes], None]) -> None:
        self.clock = Clock()
        self.commands = CommandTopic()
        self.log: list[bytes] = []
        # Raised when connections break, as they do when a log is cut.
        self.epoch = 0
        self._appended = appended
        self._sequences: dict[int, int] = {}
        self._sessions: list[Session] = []
        self._next_pid = 0

    def session(self, discarded: Session | None = None) -> Session:
        """A new producer in the place of one whose packets under way may land all the same."""
        if discarded is not None:
            discarded.discarded = True
        session = Session(self._next_pid)
        self._next_pid += 1
        kept = [s for s in self._sessions if s.flying or not s.discarded]
        self._sessions = [*kept[-SESSIONS:], session]
        return session

    def append(self, value: bytes) -> int:
        """A record lands in L."""
        self.log.append(value)
        self._appended(value)
        return len(self.log) - 1

    def cut_log(self, end: int) -> None:
        """L's tail is lost."""
        del self.log[end:]

    def land_one(self, rng: Random, *, faults: bool) -> tuple[Session, bytes, int] | None:
        """One packet of any session reaches the broker; gives what was acknowledged, if it was."""
        waiting = [session for session in self._sessions if session.flying]
        if not waiting:
            return None
        session = rng.choice(waiting)
        overtakes = faults and rng.random() < 0.02
        under_way = list(islice(session.flying, PACKETS_UNDER_WAY if overtakes else 1))
        sequence = rng.choice(under_way)
        value = session.flying[sequence]
        if len(value) > RECORD_MAX_BYTES:
            del session.flying[sequence]
            session.failed = True
            return None
        offset = self._receive(session, sequence, value)
        if offset is None:
            return None
        if faults and rng.random() < 0.004:
            session.failed = True
        if not faults or rng.random() < 0.8:
            del session.flying[sequence]
            return session, value, offset
        return None

    def _receive(self, session: Session, sequence: int, value: bytes) -> int | None:
        last = self._sequences.get(session.pid)
        if last is not None and sequence > last + 1:
            return None  # out of order: refused, and sent again
        if last is not None and sequence <= last:
            return -1  # a duplicate: acknowledged, not written
        self._sequences[session.pid] = sequence
        return self.append(value)

    def forget_a_producer(self, rng: Random) -> None:
        """The broker forgets a producer id, so that its duplicates are written."""
        if self._sequences:
            self._sequences.pop(rng.choice(list(self._sequences)))
