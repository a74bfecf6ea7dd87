"""What the log holds, read as every reader reads it, for tests to compare with what was sent."""

import asyncio
from dataclasses import dataclass, field

from event_schemas.types import Command, Entry
from kernel.chain import Admitted
from kernel.codec import decode
from kernel.errors import Unreadable
from kernel.log_reader import LogReader
from kernel.settings import Settings
from kernel.tail import Tail
from kernel.topics import COMMANDS


@dataclass
class LogFacts:
    """Admitted records per partition, the commands' ids per partition, and the noise between."""

    admitted: dict[int, list[Admitted]] = field(default_factory=dict[int, list[Admitted]])
    commands: dict[int, dict[int, str]] = field(default_factory=dict[int, dict[int, str]])
    noise: int = 0

    @property
    def entries(self) -> list[Entry]:
        """All entries."""
        every = [found.payload for some in self.admitted.values() for found in some]
        return [payload for payload in every if isinstance(payload, Entry)]


async def log_facts(settings: Settings) -> LogFacts:
    """Reads commands and log to their ends as of now."""
    facts = LogFacts()
    reader, tail = LogReader(settings), Tail(settings, COMMANDS)
    await reader.start()
    await tail.start()
    try:
        async with asyncio.timeout(60):
            for partition in range(settings.partitions):
                await _read_log(reader, partition, facts)
                await _read_commands(tail, partition, facts)
    finally:
        await reader.stop()
        await tail.stop()
    return facts


async def _read_log(reader: LogReader, partition: int, facts: LogFacts) -> None:
    facts.admitted[partition] = []
    end = await reader.ends(partition)
    if end == 0:
        return
    await reader.follow(partition, reader.genesis(partition))
    async for batch in reader.batches():
        facts.admitted[partition] += batch.admitted
        if batch.next_log_offset >= end:
            break
    reader.drop(partition)
    facts.noise += end - len(facts.admitted[partition])


async def _read_commands(tail: Tail, partition: int, facts: LogFacts) -> None:
    found = facts.commands[partition] = {}
    bounds = await tail.bounds(partition)
    if bounds.first == bounds.end:
        return
    tail.follow(partition, bounds.first)
    async for batch in tail.batches():
        for record in batch.records:
            try:
                word = decode(record.value)
            except Unreadable:
                word = None
            found[record.offset] = word.command_id if isinstance(word, Command) else ""
        if batch.records[-1].offset + 1 >= bounds.end:
            break
    tail.drop(partition)


def assert_each_command_has_one_entry(facts: LogFacts) -> None:
    """Every command of the topic came to exactly one entry, in the topic's order."""
    for partition, commands in facts.commands.items():
        entries = {
            found.command_offset: found.payload.command_id
            for found in facts.admitted[partition]
            if isinstance(found.payload, Entry)
        }
        assert entries == commands
