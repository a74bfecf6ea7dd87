"""Decides the commands of one partition ahead of the log, and lets the log say which ones stand.

How the shell drives it:

    1. A new writer, and one in doubt, reads L from `log_position` to its end as of now, giving
       each record to `observe`, until `settle(that end)`; then `check_commands`.
    2. It reads C from `next_command_offset` and gives each record to `take`, unless `full`: an
       `Outgoing` is sent to L and not waited for; a `Hole` is looked into and skipped, and the
       record is taken again; what is `Known` was decided before.
    3. All the while it reads L on; after a reconnect from `reread()`, the stored head verified.
    4. A send error, a cancelled send, `stalled`, or a doubt told by `observe`: `doubt()`, discard
       the producer, back off, make sure that the partition is still owned, go to 1.
"""

from dataclasses import dataclass, replace

from event_schemas.types import Skip
from kernel.chain import Admitted, admit
from kernel.errors import CommandsLost
from services.request_svc.judging.decide import decide as decide_really
from services.request_svc.writing.assumed import Assumed, Flying
from services.request_svc.writing.decided_elsewhere import DecidedElsewhere, make_sure_it_is
from services.request_svc.writing.partition import Applied, Partition
from services.request_svc.writing.proposal import (
    Bounds,
    CommandRecord,
    Rules,
    extend,
    propose,
)
from services.request_svc.writing.ruling import Decide, Place

STALL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be appended to the log; recognised when read back, never by the send's result."""

    value: bytes
    command_offset: int


@dataclass(frozen=True, slots=True)
class Hole:
    """The command topic gave the record at `to` where the one at `offset` was due."""

    offset: int
    to: int


@dataclass(frozen=True, slots=True)
class Known:
    """The command was decided before."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a record of the log came to: `applied` is None for noise.

    `doubt` says that another entry than the expected one won: what was in flight is dropped.
    """

    applied: Applied | None
    doubt: bool


class Writer:
    """The writer of one partition, without any input or output of its own."""

    def __init__(
        self,
        confirmed: Partition,
        place: Place,
        *,
        bounds: Bounds | None = None,
        decide: Decide = decide_really,
    ) -> None:
        self.confirmed = confirmed
        self._rules = Rules(place, decide, bounds or Bounds())
        self._assumed = Assumed(confirmed)
        self._log_position = confirmed.head.log_offset + 1
        self._settled = False
        self._elsewhere = DecidedElsewhere()
        self._oldest: Flying | None = None
        self._oldest_since = 0.0

    @property
    def next_command_offset(self) -> int:
        """Where to read C on from."""
        return self._assumed.head.next_command_offset

    @property
    def log_position(self) -> int:
        """Where to read L on from."""
        return self._log_position

    @property
    def settled(self) -> bool:
        """Whether commands may be decided."""
        return self._settled

    @property
    def flying(self) -> int:
        """Entries in flight."""
        return len(self._assumed)

    @property
    def flying_bytes(self) -> int:
        """Bytes in flight."""
        return self._assumed.bytes

    @property
    def full(self) -> bool:
        """Whether as much is in flight as may be."""
        bounds = self._rules.bounds
        room = bounds.bytes - self._assumed.bytes
        return len(self._assumed) >= bounds.entries or room < bounds.entry_bytes

    def check_commands(self, first: int, end: int, last: bytes | None) -> None:
        """Checks C, which holds offsets from `first` up to before `end`, against the head.

        `last` is what C holds at the offset of `confirmed.last_command`, None where that is gone.

        Raises:
            CommandsLost: C begins after the next offset, ends before it, or is not the same topic.
        """
        following, decided = self.confirmed.head.next_command_offset, self.confirmed.last_command
        if first > following:
            raise CommandsLost(f"commands {following} to {first - 1} are gone, undecided")
        if end < following:
            raise CommandsLost(f"commands end at {end}, but {following - 1} was decided")
        if last is not None and decided is not None:
            make_sure_it_is(decided, last)

    def take(self, record: CommandRecord) -> Outgoing | Hole | Known:
        """Decides one command. Nothing that it holds can raise.

        Raises:
            CommandsLost: another command was decided at its offset: C was cut and grew again.
            RuntimeError: full, or not settled (a mistake of the caller).
        """
        following = self.next_command_offset
        if record.offset < following:
            self._elsewhere.compare(record)
            return Known()
        if record.offset > following:
            return Hole(following, record.offset)
        self._make_sure_of_room()
        return self._fly(propose(self._assumed, record, self._rules))

    def skip(self, hole: Hole, first: int) -> Outgoing:
        """Passes over a hole; `first` is the first offset that C holds now.

        Raises:
            CommandsLost: C begins after the next offset: commands are gone.
            RuntimeError: as `take`, or the hole is another one.
        """
        self._make_sure_of_room()
        if hole.offset != self.next_command_offset or hole.to <= hole.offset:
            raise RuntimeError(f"{hole} is not at {self.next_command_offset}")
        if first > hole.offset:
            raise CommandsLost(f"commands {hole.offset} to {first - 1} are gone, undecided")
        return self._fly(extend(self._assumed, Skip(to=hole.to, at=self._assumed.head.at)))

    def observe(self, value: bytes | None, log_offset: int) -> Observed:
        """Takes in the next record of L.

        Raises:
            Unreadable: this release can't read what was admitted: give the partition up.
        """
        self._log_position = log_offset + 1
        first = self._assumed.first
        if first is not None and first.value == value:
            return Observed(self._confirm(self._assumed.land(), log_offset), doubt=False)
        admitted = admit(self.confirmed.head, value or b"", log_offset)
        if admitted is None:
            return Observed(None, doubt=False)
        lost = first is not None
        if lost:
            self.doubt()
        self._elsewhere.note(admitted)
        return Observed(self.confirmed.apply(admitted), doubt=lost)

    def reread(self) -> int:
        """After a reconnect: the offset to read L on from, right behind the head.

        What lay behind the head may have been cut off, and other records may stand there now.
        """
        self._log_position = self.confirmed.head.log_offset + 1
        return self._log_position

    def doubt(self) -> None:
        """Drops what is in flight; deciding waits for `settle`."""
        self._assumed.drop()
        self._settled = False

    def settle(self, log_end: int) -> bool:
        """Whether L was read up to `log_end`, learnt after the doubt; if so, deciding goes on."""
        if not self._settled and self._log_position >= log_end:
            self._settled = True
            self._elsewhere.forget()
        return self._settled

    def stalled(self, now: float) -> bool:
        """Whether the same entry has been the oldest in flight for 5 s; ask every half second.

        `now` is in seconds, of a clock that never goes back.
        """
        oldest = self._assumed.first
        if oldest is not self._oldest:
            self._oldest, self._oldest_since = oldest, now
        return oldest is not None and now - self._oldest_since >= STALL_SECONDS

    def _make_sure_of_room(self) -> None:
        if not self._settled or self.full:
            raise RuntimeError("the writer is full" if self._settled else "the writer is in doubt")

    def _fly(self, flying: Flying) -> Outgoing:
        self._assumed.add(flying)
        return Outgoing(flying.value, flying.before.next_command_offset)

    def _confirm(self, landed: Flying, log_offset: int) -> Applied:
        admitted = Admitted(
            payload=landed.payload,
            hash=landed.hash,
            command_offset=landed.before.next_command_offset,
            log_offset=log_offset,
            before=self.confirmed.head,
            after=replace(landed.after, log_offset=log_offset),
        )
        return self.confirmed.commit(admitted, landed.effect)
