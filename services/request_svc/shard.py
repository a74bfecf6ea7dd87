"""One owned partition at work: settled, deciding; in doubt, settled anew.

The log's reader feeds `observe`, the command topic's reader feeds `offer`; `run` decides. The way
back from any trouble: drop what is in flight, read the log to its end, go on from what it says.
"""

import asyncio
import random
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prometheus_client import Counter, Gauge

from kernel.clock import from_millis
from kernel.errors import CommandsLost, LogCut, Unavailable, Unreadable
from kernel.settings import Settings
from kernel.tail import Tail
from kernel.telemetry import logger
from services.request_svc.entry_sender import EntrySender
from services.request_svc.follower import Follower
from services.request_svc.writing.partition import Partition
from services.request_svc.writing.writer import CommandRecord, Hole, Outgoing, Writer

log = logger()
PENDING_HIGH, PENDING_LOW = 4_000, 1_000
CHECK_SECONDS = 0.5
TOPICS_CHECK_SECONDS = 10.0
BACKOFF_SECONDS = (0.05, 5.0)

doubts = Counter("handraise_doubts", "Times a writer dropped what was in flight", ["partition"])
halted = Gauge("handraise_partition_halted", "1: stopped until an operator acts", ["partition"])


class Phase(StrEnum):
    """What a shard is doing."""

    SETTLING = "settling"
    DECIDING = "deciding"
    HALTED = "halted"


@dataclass(frozen=True, slots=True)
class Gear:
    """What the shards of a process share."""

    settings: Settings
    log_tail: Tail
    command_tail: Tail


class Shard:
    """The writer of one partition, with its input and output."""

    def __init__(self, number: int, writer: Writer, follower: Follower, gear: Gear) -> None:
        self.number = number
        self._owned = True
        self.phase = Phase.SETTLING
        self.writer = writer
        self.relay = follower.relay
        self._follower = follower
        self._gear = gear
        self._pending: deque[CommandRecord] = deque()
        self._entries = EntrySender(gear.settings, number, self._doubt)
        self._wake = asyncio.Event()
        self._in_doubt = False
        self._failure: Exception | None = None
        self._backoff = BACKOFF_SECONDS[0]

    def own(self, *, owned: bool) -> None:
        """Learns whether to decide and relay, or only to follow."""
        self._owned = owned
        self.relay.allow(sending=owned)
        self._wake.set()

    @property
    def confirmed(self) -> Partition:
        """The state that the log confirms."""
        return self.writer.confirmed

    @property
    def relayed_to(self) -> int:
        """The log offset up to which everything that follows is sent."""
        return self.relay.position

    async def observe(self, records: list[Any], *, reconnected: bool) -> None:
        """Takes in records of the log, in order."""
        try:
            if reconnected:
                # Noise behind the head may have been cut off, and entries stand there now.
                await self._follower.verify_head()
                self._gear.log_tail.follow(self.number, self.writer.reread())
            for record in () if reconnected else records:
                if await self._follower.observe(record):
                    self._in_doubt = True
        except (Unreadable, LogCut) as error:
            self._failure = error
        self._wake.set()

    def offer(self, records: list[Any]) -> None:
        """Takes in records of the command topic, in order."""
        self._pending.extend(
            CommandRecord(r.offset, r.value, from_millis(r.timestamp)) for r in records
        )
        if len(self._pending) > PENDING_HIGH:
            self._gear.command_tail.pause(self.number)
        self._wake.set()

    def fail(self, error: Exception) -> None:
        """Notes that a reader can't go on with this partition."""
        self._failure = error
        self._wake.set()

    async def run(self) -> None:
        """Decides until cancelled."""
        self._gear.log_tail.follow(self.number, self.writer.log_position)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.relay.run())
            group.create_task(self._follower.checkpointing.run(self))
            group.create_task(self._live())

    async def _live(self) -> None:
        try:
            while True:
                try:
                    await self._settle()
                    await self._decide()
                except Unavailable as error:
                    log.warning("waiting for the broker", partition=self.number, error=str(error))
                except (CommandsLost, LogCut, Unreadable) as error:
                    await self._halt(error)
                await self._step_back()
        finally:
            self._gear.log_tail.drop(self.number)
            self._gear.command_tail.drop(self.number)
            self._entries.discard()

    async def _settle(self) -> None:
        """Reads the log to its end and the command topic from where that leaves off."""
        self.phase = Phase.SETTLING
        self.writer.doubt()
        self._in_doubt = False
        await self._entries.connect()
        end = (await self._gear.log_tail.bounds(self.number)).end
        while not self.writer.settle(end):
            await self._woken()
        await self._check_topics()
        self._follow_commands()
        self.phase = Phase.DECIDING

    async def _check_topics(self) -> None:
        """Compares what both topics hold with what was decided; they may have been cut.

        Raises:
            CommandsLost: the command topic lacks what was decided, or what comes next.
            LogCut: the log no longer holds the head.
        """
        await self._follower.verify_head()
        while True:
            head = self.writer.confirmed.head
            bounds = await self._gear.command_tail.bounds(self.number)
            last = await self._follower.last_command()
            if self.writer.confirmed.head == head:
                self.writer.check_commands(bounds.first, bounds.end, last)
                return

    def _follow_commands(self) -> None:
        self._pending.clear()
        self._gear.command_tail.resume(self.number)
        self._gear.command_tail.follow(self.number, self.writer.next_command_offset)

    async def _decide(self) -> None:
        check_at = time.monotonic() + TOPICS_CHECK_SECONDS
        while not self._in_doubt:
            while self._pending and self._may_decide():
                await self._decide_one(self._pending[0])
            if len(self._pending) < PENDING_LOW:
                self._gear.command_tail.resume(self.number)
            if not self.writer.flying:
                self._backoff = BACKOFF_SECONDS[0]
            await self._woken()
            if self.writer.stalled(time.monotonic()):
                log.warning("no admission in time", partition=self.number)
                return
            if time.monotonic() >= check_at:
                # A topic made anew and grown past the old end is noticed by nothing else.
                await self._check_topics()
                check_at = time.monotonic() + TOPICS_CHECK_SECONDS

    def _may_decide(self) -> bool:
        # The writer is in doubt a moment earlier than this shard, which looks up what was decided.
        sure = self.writer.settled and not self._in_doubt
        return self._owned and sure and not (self.writer.full or self.relay.congested)

    async def _decide_one(self, record: CommandRecord) -> None:
        match self.writer.take(record):
            case Outgoing() as entry:
                self._pending.popleft()
                await self._entries.send(entry)
            case Hole() as hole:
                await self._pass_over(hole)
            case _:
                self._pending.popleft()

    async def _pass_over(self, hole: Hole) -> None:
        """Skips offsets that hold no command, once the broker has been asked for them by name."""
        if await self._gear.command_tail.read_one(self.number, hole.offset) is not None:
            self._follow_commands()
            return
        log.error("hole in the command topic", partition=self.number, hole=str(hole))
        first = (await self._gear.command_tail.bounds(self.number)).first
        # Another writer may have passed over it, or decided what stood there, since it was seen.
        if self._may_decide() and self.writer.next_command_offset == hole.offset:
            await self._entries.send(self.writer.skip(hole, first))

    def _doubt(self) -> None:
        self._in_doubt = True  # noticed within half a second, or with the next record

    async def _woken(self) -> None:
        if not self.relay.congested:
            self._gear.log_tail.resume(self.number)
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_SECONDS):
                await self._wake.wait()
        self._wake.clear()
        if self._failure is not None:
            raise self._failure

    async def _step_back(self) -> None:
        self.phase = Phase.SETTLING
        doubts.labels(str(self.number)).inc()
        self._entries.discard()
        await asyncio.sleep(self._backoff * random.uniform(0.5, 1.5))  # noqa: S311
        self._backoff = min(self._backoff * 2, BACKOFF_SECONDS[1])

    async def _halt(self, error: Exception) -> None:
        """Stops until an operator's rebase is read, or for good where the log itself is amiss."""
        self.phase = Phase.HALTED
        halted.labels(str(self.number)).set(1)
        log.error("partition halted", partition=self.number, error=repr(error))
        self.writer.doubt()
        self._failure = None
        before = self.confirmed.head.hash
        while self.confirmed.head.hash == before or not isinstance(error, CommandsLost):
            self._wake.clear()
            await self._wake.wait()
        halted.labels(str(self.number)).set(0)
