"""Builds that decide without one of the safeguards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from event_schemas.types import Command, CommandBody, Seen
from kernel.chain import BEGINNING
from kernel.request.model import Request
from services.request_svc.writing import ruling
from services.request_svc.writing.partition import Partition
from services.request_svc.writing.proposal import command_of, judged
from services.request_svc.writing.ruling import Decide
from services.request_svc.writing.writer import CommandRecord, Hole, Known, Outgoing, Writer
from tests.simulator.build import BOUNDS, PLACE, Build, Rates
from tests.simulator.releases import decide_of


class SendsBelieved(Build):
    """A8: takes an acknowledged send for an admitted entry."""

    def acknowledged(self, process: Any, value: bytes, log_offset: int) -> None:
        """Confirms."""
        first = process.writer._assumed.first
        if first is not None and first.value == value:
            process.writer._confirm(process.writer._assumed.land(), log_offset)


class _Stubborn(Writer):
    def doubt(self) -> None:
        pass


class NoDoubt(Build):
    """A9: keeps what is in flight though another entry won."""

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer without doubts."""
        return _Stubborn(partition, PLACE, bounds=self.bounds, decide=decide_of(release))


class DecidedOnConfirmed(Build):
    """A9: decides on the confirmed state, as if nothing were in flight."""

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer that looks back only."""
        writer = super().writer(partition, release)
        writer._assumed.request = partition.request  # type: ignore[method-assign]
        return writer


class _Forgetful(Partition):
    def outcome(self, command_id: str) -> Seen | None:
        return None


class NothingRemembered(Build):
    """A12: the outcome of a command is not remembered."""

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer without a memory."""
        forgetful = _Forgetful(partition.snapshot())
        writer = Writer(forgetful, PLACE, bounds=self.bounds, decide=decide_of(release))
        writer._assumed.outcome = lambda command_id: None  # type: ignore[method-assign]
        return writer


class ForgottenNotExpired(Build):
    """A12: a command so old that its outcome is forgotten is judged again after a clock's jump."""

    rates = Rates(clock_jump=0.004)

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Judges the validity by the broker's stamp only."""
        really = ruling.is_expired

        def by_stamp(command: Command, received_at: datetime, head_at: datetime) -> bool:
            return really(command, received_at, BEGINNING)

        ruling.is_expired = by_stamp
        try:
            yield
        finally:
            ruling.is_expired = really


class NoSizeCheck(Build):
    """A1: sends entries however large."""

    bounds = replace(BOUNDS, entry_bytes=10**6, bytes=10**8)


class _Fragile(Writer):
    def take(self, record: CommandRecord) -> Outgoing | Hole | Known:
        command = command_of(record.value)
        if command is not None and record.offset == self.next_command_offset:
            return self._fly(judged(self._assumed, record, command, self._rules))
        return super().take(record)


class NoGuard(Build):
    """A1: lets a command's exception out."""

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer that falls over."""
        return _Fragile(partition, PLACE, bounds=self.bounds, decide=decide_of(release))


class _Endless(Writer):
    @property
    def full(self) -> bool:
        return False


class NoBounds(Build):
    """A8: any number of entries in flight."""

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer that never waits."""
        return _Endless(partition, PLACE, bounds=self.bounds, decide=decide_of(release))


class WriterNamed(Build):
    """A5: entries tell who wrote them."""

    _names = count()

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer that signs."""
        name = next(self._names)

        def signing(*case: Any) -> Any:
            decided = decide_of(release)(*case)
            refusal = decided.refusal
            if refusal is not None:
                refusal = replace(refusal, detail=f"{refusal.detail} by {name}")
            return replace(decided, refusal=refusal)

        return Writer(partition, PLACE, bounds=self.bounds, decide=signing)


class OneTime(Build):
    """A4: the log's time judges deadlines."""

    rates = Rates(clock_jump=0.004)

    def writer(self, partition: Partition, release: int) -> Writer:
        """A writer with one time."""
        really: Decide = decide_of(release)

        def by_log(
            command: Command, body: CommandBody, request: Request | None, _: datetime, at: datetime
        ) -> Any:
            return really(command, body, request, at, at)

        return Writer(partition, PLACE, bounds=self.bounds, decide=by_log)
