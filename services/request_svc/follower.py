"""Follows one partition of the log: confirms entries, hands what follows to the relay."""

from datetime import datetime
from typing import Any

from prometheus_client import Counter, Histogram

from event_schemas.types import Entry
from kernel.chain import Admitted, Head, verify_stored
from kernel.clock import utc_now
from kernel.dead_letters import code_version
from kernel.tail import Tail
from services.request_svc.checkpoints.saving import Checkpointing
from services.request_svc.clock_watch import clock_alarm
from services.request_svc.decision_spans import decided_at, placed
from services.request_svc.relaying.outputs import Source, original_offset, outputs_of
from services.request_svc.relaying.relay import Relay
from services.request_svc.writing.partition import Applied
from services.request_svc.writing.writer import Writer

admitted_entries = Counter("handraise_entries_admitted", "Entries admitted", ["partition"])
refusals = Counter("handraise_refusals", "Commands turned down", ["command", "reason"])
ignored_records = Counter("handraise_records_ignored", "Log records that extended nothing")
clock_alarms = Counter("handraise_clock_alarms", "Entries whose broker stamp is not to be trusted")
decide_seconds = Histogram(
    "handraise_decide_seconds",
    "From the broker's stamp of a command to its admitted entry",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12),
)


class Follower:
    """Feeds a writer with what the log holds, and the relay with what that means."""

    def __init__(
        self,
        number: int,
        *,
        writer: Writer,
        relay: Relay,
        checkpointing: Checkpointing,
        log_tail: Tail,
        command_tail: Tail,
    ) -> None:
        self.relay = relay
        self.checkpointing = checkpointing
        self._number = number
        self._source = Source(number, code_version(), command_tail.topic)
        self._writer = writer
        self._log_tail = log_tail
        self._command_tail = command_tail

    @property
    def head(self) -> Head:
        """Where the confirmed state stands."""
        return self._writer.confirmed.head

    async def observe(self, record: Any) -> bool:
        """Takes in the next record of the log; True when it puts the writer in doubt.

        Raises:
            LogCut: the relay's noted position belongs to another log.
            Unreadable: this release can't read what was admitted.
        """
        self.relay.check(self.head, record.offset)
        observed = self._writer.observe(record.value, record.offset)
        if observed.applied is None:
            ignored_records.inc()
            self.relay.add(record.offset, self.head, [])
        else:
            await self._applied(observed.applied, record.offset)
        if self.relay.flooded:
            self._log_tail.pause(self._number)
        return observed.doubt

    async def _applied(self, applied: Applied, log_offset: int) -> None:
        admitted_entries.labels(str(self._number)).inc()
        self.checkpointing.entry_applied()
        if log_offset < self.relay.start:
            return
        original = await self.command_at(original_offset(applied))
        now = utc_now()
        place = decided_at(applied, self._source, now, shown=self.relay.sending)
        outputs = outputs_of(applied, self._source, original)
        self.relay.add(log_offset, self.head, placed(outputs, place))
        self._measure(applied.admitted, now)

    def _measure(self, admitted: Admitted, now: datetime) -> None:
        entry = admitted.payload
        if not isinstance(entry, Entry):
            return
        decide_seconds.observe((now - entry.received_at).total_seconds())
        if clock_alarm(entry.received_at, admitted.before.at, now) is not None:
            clock_alarms.inc()
        if entry.refusal is not None:
            refusals.labels(entry.command or "unreadable", entry.refusal.reason).inc()

    async def command_at(self, offset: int | None) -> bytes | None:
        """The command at an offset, None where there is none or the broker is away just now."""
        if offset is None:
            return None
        record = await self._command_tail.read_surely(self._number, offset)
        return None if record is None else record.value

    async def last_command(self) -> bytes | None:
        """The last command that has an entry, as the command topic holds it, if it still does."""
        last = self._writer.confirmed.last_command
        return await self.command_at(None if last is None else last.offset)

    async def verify_head(self) -> None:
        """After a reconnect: checks that the log still holds what was read from it.

        Raises:
            LogCut: it does not.
        """
        head = self.head  # it moves on while the record is fetched
        if head.log_offset >= 0:
            record = await self._log_tail.read_surely(self._number, head.log_offset)
            verify_stored(head, None if record is None else record.value)
