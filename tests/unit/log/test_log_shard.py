"""A shard at work while others write to its log: whatever happens meanwhile, it goes on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from event_schemas.types import Command
from kernel.codec import encode
from kernel.settings import Settings
from kernel.tail import Bounds, Tail
from services.request_svc.checkpoints.saving import Checkpointing
from services.request_svc.follower import Follower
from services.request_svc.relaying import relay as relaying
from services.request_svc.relaying.outputs import Output
from services.request_svc.relaying.relay import Relay
from services.request_svc.shard import Gear, Phase, Shard
from services.request_svc.writing.partition import Partition
from services.request_svc.writing.writer import Outgoing, Writer
from tests.support.eventually import eventually
from tests.unit.log.benches import GENESIS, OPEN, PLACE, Bench, later, said

MILLIS = int(later(0).timestamp() * 1000)


@dataclass
class Topic:
    """A topic in memory, in the place of a `Tail`; what is asked of it waits while it is `shut`."""

    topic: str
    values: list[bytes | None] = field(default_factory=list)
    reader: Callable[[list[Any]], None] | None = None
    paused: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def _answer(self) -> None:
        self.asked.set()
        await self.answering.wait()

    async def bounds(self, _partition: int) -> Bounds:
        await self._answer()
        return Bounds(0, len(self.values))

    async def read_one(self, partition: int, offset: int) -> Any:
        await self._answer()
        value = self.values[offset] if offset < len(self.values) else None
        return value and self.record(offset)

    read_surely = read_one

    def record(self, offset: int) -> Any:
        return SimpleNamespace(offset=offset, value=self.values[offset], timestamp=MILLIS)

    def shut(self) -> None:
        """Answers no more until told otherwise."""
        self.asked.clear()
        self.answering.clear()

    def follow(self, _partition: int, offset: int) -> None:
        if self.reader is not None:
            here = [n for n, value in enumerate(self.values) if value is not None and n >= offset]
            self.reader([self.record(n) for n in here])

    def drop(self, _partition: int) -> None:
        self.reader = None

    def pause(self, _partition: int) -> None:
        self.paused = True

    def resume(self, _partition: int) -> None:
        self.paused = False


@dataclass
class Outgoings:
    """What the shard wants to append, in the place of its producer."""

    sent: list[Outgoing] = field(default_factory=list)

    async def connect(self) -> None:
        """There is nothing to connect to."""

    async def send(self, entry: Outgoing) -> None:
        self.sent.append(entry)

    def discard(self) -> None:
        """There is nothing to close."""


@dataclass
class Receiver:
    """Takes what is relayed, and confirms it when the test says so."""

    waiting: list[Callable[[bool], None]] = field(default_factory=list)

    async def send(self, _output: Output, done: Callable[[bool], None]) -> None:
        self.waiting.append(done)

    def confirm(self) -> None:
        waiting, self.waiting = self.waiting, []
        for done in waiting:
            done(True)


class Desk:
    """A shard with all that is around it in memory."""

    def __init__(self) -> None:
        self.log, self.commands, self.receiver = Topic("log"), Topic("commands"), Receiver()
        for topic in (self.log, self.commands):
            topic.answering.set()
        writer = Writer(Partition.empty(GENESIS), PLACE)
        log, commands = cast("Tail", self.log), cast("Tail", self.commands)
        gear = Gear(Settings(topic_prefix="", partitions=1), log, commands)
        store: Any = None
        sender: Any = self.receiver
        follower = Follower(
            0,
            writer=writer,
            relay=Relay(sender, 0, None),
            checkpointing=Checkpointing(store),
            log_tail=gear.log_tail,
            command_tail=gear.command_tail,
        )
        self.shard: Any = Shard(0, writer, follower, gear)
        self.entries = Outgoings()
        self.shard._entries = self.entries
        self.commands.reader = self.shard.offer
        self.work: asyncio.Task[None] | None = None

    def offer(self, command: Command | bytes, *, holes: int = 0) -> None:
        """A command is read from its topic, behind so many offsets that hold none."""
        self.commands.values.extend([None] * holes)
        self.commands.values.append(encode(command) if isinstance(command, Command) else command)
        self.shard.offer([self.commands.record(len(self.commands.values) - 1)])

    async def land(self, value: bytes) -> None:
        """A record is read from the log."""
        self.log.values.append(value)
        await self.shard.observe([self.log.record(len(self.log.values) - 1)], reconnected=False)

    async def sent(self, count: int) -> None:
        """So many entries were handed to the producer."""
        await self._until(lambda: len(self.entries.sent) >= count)

    async def deciding(self) -> None:
        """The shard decides."""
        await self._until(lambda: self.shard.phase is Phase.DECIDING)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async def look() -> bool:
            if self.work is not None and self.work.done():
                self.work.result()
            return holds()

        await eventually(look)


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncGenerator[None]:
    work = desk.work = asyncio.create_task(desk.shard.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait([work])


async def test_what_comes_while_it_looks_into_a_doubt_is_decided_after_it() -> None:
    desk, other = Desk(), Bench()
    async with at_work(desk):
        await desk.deciding()
        desk.offer(b"no command")
        await desk.sent(1)
        # Another writer was first, in words of its own; what it decided on is to be looked up.
        foreign = other.send(b"no command", seconds=1)
        desk.commands.shut()
        reading = asyncio.create_task(desk.land(foreign))
        await desk.commands.asked.wait()
        desk.offer(OPEN)
        await desk.shard._woken()
        desk.commands.answering.set()
        await reading
        await desk.sent(2)


async def test_a_hole_that_another_writer_passed_over_meanwhile_is_none() -> None:
    desk, other = Desk(), Bench()
    async with at_work(desk):
        await desk.deciding()
        desk.commands.shut()
        desk.offer(OPEN, holes=1)
        await desk.commands.asked.wait()
        await desk.land(other.send(said("what stood there"), seconds=1))
        desk.commands.answering.set()
        await desk.sent(1)
    assert desk.entries.sent[0].command_offset == 1


async def test_a_log_that_was_more_than_could_be_relayed_is_read_on_before_it_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relaying, "FLOODED", 0)
    monkeypatch.setattr(relaying, "CONGESTED", 0)
    desk, other = Desk(), Bench()
    first = other.send(OPEN)
    second = other.send(said("and on"))
    desk.commands.values = [encode(OPEN), encode(said("and on"))]
    desk.log.values = [first, second]
    async with at_work(desk):
        await desk.shard.observe([desk.log.record(0)], reconnected=False)
        assert desk.log.paused

        async def read_on() -> bool:
            desk.receiver.confirm()
            return not desk.log.paused

        await eventually(read_on)
        await desk.shard.observe([desk.log.record(1)], reconnected=False)
        await desk.deciding()
