"""Writers that fight, stall, die and lose their data, on the real broker."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from event_schemas.types import Command, Rebase, Skip
from kernel.codec import encode
from kernel.commands import CommandClient
from kernel.errors import Unavailable
from kernel.kafka import create_topics, producer, topic_name
from kernel.postgres import connect, migrate
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.topics import COMMANDS, LOG
from services.request_svc.checkpoints.store import CheckpointStore
from services.request_svc.host import Host
from services.request_svc.rebase import rebase
from services.request_svc.shard import Phase
from services.request_svc.wiring import MIGRATIONS, deciding_parts
from tests.support import questions
from tests.support.eventually import eventually
from tests.support.load import load
from tests.support.log_facts import LogFacts, assert_each_command_has_one_entry, log_facts
from tests.support.parts import running
from tests.support.processes import ServiceProcess, free_port_base
from tests.support.topics import public_events

NO_DATABASE = "postgresql://127.0.0.1:1/none"


@pytest.fixture
async def settings(kafka: str, topic_prefix: str) -> Settings:
    made = Settings(
        kafka=kafka,
        topic_prefix=topic_prefix,
        partitions=2,
        pg_dsn=NO_DATABASE,
        port_base=free_port_base(),
        session_timeout_ms=6000,
        local=True,
    )
    await create_topics(made)
    return made


async def send(settings: Settings, commands: list[Command]) -> None:
    """Makes commands durable, as a front door does, without waiting for their outcome."""
    readiness = Readiness("commands", "replies")
    client = CommandClient(settings, readiness)
    async with running([client], readiness):
        await asyncio.gather(*(client.send(command) for command in commands))


def lives(count: int) -> list[Command]:
    """Openings, then two rival answers to each."""
    opens = [questions.command(questions.opening()) for _ in range(count)]
    rivals = (questions.ADA, questions.BEN)
    return opens + [questions.approve(c.request_id, who) for c in opens for who in rivals]


def all_decided(settings: Settings, commands: list[Command]) -> Callable[[], Awaitable[bool]]:
    wanted = {command.command_id for command in commands}

    async def look() -> bool:
        try:
            facts = await log_facts(settings)
        except Unavailable:
            return False
        return wanted <= {entry.command_id for entry in facts.entries}

    return look


async def everything_decided(settings: Settings) -> LogFacts:
    """Waits until the log has caught up with the command topic, and compares the two."""

    async def look() -> LogFacts | None:
        facts = await log_facts(settings)
        commands = sum(len(some) for some in facts.commands.values())
        return facts if len(facts.entries) == commands else None

    facts = await eventually(look, within_seconds=60)
    assert facts is not None
    assert_each_command_has_one_entry(facts)
    return facts


async def test_two_writers_that_fight_for_the_same_partitions_do_no_harm(
    settings: Settings,
) -> None:
    hosts = [Host(settings, Readiness(), CheckpointStore(NO_DATABASE, "none")) for _ in range(2)]
    for host in hosts:
        host.changed(frozenset({0, 1}))

    async def both_decide() -> bool:
        shards = [shard for host in hosts for shard in host._shards.values()]
        return len(shards) == 4 and {shard.phase for shard in shards} == {Phase.DECIDING}

    async def they_met() -> bool:
        await send(settings, lives(50))
        return (await log_facts(settings)).noise > 0

    async with running(hosts):
        await eventually(both_decide)
        await eventually(they_met, within_seconds=60)
        facts = await everything_decided(settings)
    opened = [e for e in facts.entries if e.command == "Open" and e.refusal is None]
    won = [e for e in facts.entries if e.command == "Respond" and e.refusal is None]
    assert len(won) == len(opened)


async def test_a_killed_writer_is_resumed_by_the_next(settings: Settings, tmp_path: Path) -> None:
    with ServiceProcess("services.request_svc", settings, tmp_path / "log") as writer:
        await writer.ready()
        async with load(settings) as under:
            for _ in range(2):
                await under.grows()
                writer.kill()
                writer.start()
            await under.grows()
        facts = await everything_decided(settings)
        happened = sum(len(entry.events) for entry in facts.entries)
        events = await public_events(settings, count=happened)
        assert await writer.stop() == 0
    assert sum(len(told) for told in events.values()) == happened
    for told in events.values():
        assert [e.metadata.version for e in told] == list(range(1, len(told) + 1))


async def test_a_stopped_writer_that_wakes_up_late_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    rival = settings.model_copy(update={"port_base": free_port_base()})
    with ServiceProcess("services.request_svc", settings, tmp_path / "zombie") as zombie:
        await zombie.ready()
        async with load(settings) as under:
            await under.grows()
            zombie.pause()
            with ServiceProcess("services.request_svc", rival, tmp_path / "rival") as other:
                await under.grows()
                await eventually(all_decided(settings, under.acknowledged[:]), within_seconds=60)
                zombie.resume()
                await under.grows()
                await eventually(all_decided(settings, under.acknowledged[:]), within_seconds=60)
                await zombie.ready()
                await other.ready()
        await everything_decided(settings)


async def test_what_was_appended_and_never_read_back_is_told_by_the_next_writer(
    settings: Settings,
) -> None:
    opened = questions.command(questions.opening())
    mute = Host(settings, Readiness(), CheckpointStore(NO_DATABASE, "none"))

    async def no_relay(*_: object) -> None:
        raise Unavailable("dead before it could say anything")

    mute._sender.send = no_relay
    mute.changed(frozenset({0, 1}))
    async with running([mute]):
        await send(settings, [opened])
        await eventually(all_decided(settings, [opened]))
    readiness = Readiness("deciding", "commands", "replies")
    async with running(deciding_parts(settings, readiness)):
        events = await public_events(settings, count=1)
    assert [e.event_type for e in events[opened.request_id]] == ["human.input.requested"]
    assert len((await log_facts(settings)).entries) == 1


async def test_the_broker_dies_and_comes_back(
    own_broker: Callable[[], object], topic_prefix: str
) -> None:
    broker = own_broker()
    settings = Settings(
        kafka=broker.address, topic_prefix=topic_prefix, partitions=2, pg_dsn=NO_DATABASE
    )
    await create_topics(settings)
    readiness = Readiness("deciding")
    async with running(deciding_parts(settings, readiness), readiness):
        async with load(settings) as under:
            await under.grows()
            broker.kill()
            await asyncio.to_thread(broker.start)
            await under.grows()
        facts = await everything_decided(settings)
    assert {c.command_id for c in under.acknowledged} <= {e.command_id for e in facts.entries}


@pytest.mark.parametrize("with_checkpoints", [True, False], ids=["checkpoint", "nothing"])
async def test_a_writer_comes_back_to_the_same_state(
    settings: Settings, database: str, with_checkpoints: bool
) -> None:
    pool = await connect(database)
    await migrate(pool, "checkpoints", MIGRATIONS)
    stored = settings.model_copy(update={"pg_dsn": database})
    commands = lives(40)
    before = Host(stored, Readiness(), CheckpointStore(database, "log"), checkpoint_every=20)
    before.changed(frozenset({0, 1}))

    async def checkpointed() -> int:
        return await pool.fetchval(
            "SELECT count(DISTINCT partition) = 2 FROM checkpoints.manifests"
        )

    async with running([before]):
        await send(settings, commands)
        await eventually(all_decided(settings, commands))
        await eventually(checkpointed)
        held = {n: s.confirmed.snapshot().requests for n, s in before._shards.items()}
    dsn = database if with_checkpoints else NO_DATABASE
    after = Host(stored, Readiness(), CheckpointStore(dsn, "log"))
    after.changed(frozenset({0, 1}))

    async def deciding() -> bool:
        return {s.phase for s in after._shards.values()} == {Phase.DECIDING} and len(
            after._shards
        ) == 2

    async with running([after]):
        await eventually(deciding)
        assert {n: s.confirmed.snapshot().requests for n, s in after._shards.items()} == held
    await pool.close()


async def test_lost_commands_halt_the_partition_until_an_operator_says_where_to_go_on(
    settings: Settings,
) -> None:
    lost = [questions.command(questions.opening()) for _ in range(30)]
    await send(settings, lost)
    facts = await log_facts(settings)
    partition = max(facts.commands, key=lambda p: len(facts.commands[p]))
    end = len(facts.commands[partition])
    where = TopicPartition(topic_name(settings, COMMANDS), partition)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.delete_records({where: RecordsToDelete(before_offset=end - 1)})
    await admin.close()
    host = Host(settings, Readiness(), CheckpointStore(NO_DATABASE, "none"))
    host.changed(frozenset({0, 1}))

    async def halted() -> bool:
        shard = host._shards.get(partition)
        return shard is not None and shard.phase is Phase.HALTED

    async with running([host]):
        await eventually(halted)
        head = await rebase(settings, partition, end - 1, "the disk was lost", "olga")
        assert head.next_command_offset == end - 1
        await eventually(all_decided(settings, [lost[-1]][:0] + await _left(settings, partition)))
    payloads = [found.payload for found in (await log_facts(settings)).admitted[partition]]
    assert isinstance(payloads[0], Rebase)
    assert (payloads[0].who, payloads[0].reason) == ("olga", "the disk was lost")
    assert len(payloads) == 2


async def _left(settings: Settings, partition: int) -> list[Command]:
    facts = await log_facts(settings)
    ids = set(facts.commands[partition].values())
    return [questions.approve("r", command_id=command_id) for command_id in ids]


async def test_a_hole_in_the_command_topic_is_passed_over_and_written_down(
    settings: Settings,
) -> None:
    """A transaction's marker takes an offset that holds no command."""
    topic = topic_name(settings, COMMANDS)
    transactional = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, transactional_id=settings.topic_prefix + "tx"
    )
    await transactional.start()
    commands = [questions.command(questions.opening()) for _ in range(2)]
    for command in commands:
        async with transactional.transaction():
            await transactional.send_and_wait(topic, encode(command), partition=0)
    await transactional.stop()
    commands.append(questions.command(questions.opening()))
    sender = await producer(settings)
    await sender.send_and_wait(topic, encode(commands[-1]), partition=0)
    await sender.stop()
    host = Host(settings, Readiness(), CheckpointStore(NO_DATABASE, "none"))
    host.changed(frozenset({0, 1}))
    async with running([host]):
        await eventually(all_decided(settings, commands))
    payloads = [found.payload for found in (await log_facts(settings)).admitted[0]]
    assert [type(p).__name__ for p in payloads] == ["Entry", "Skip", "Entry", "Skip", "Entry"]
    assert isinstance(payloads[1], Skip)
    assert payloads[1].to == 2


async def test_a_command_topic_made_anew_under_a_running_writer_halts_it(
    settings: Settings,
) -> None:
    commands = [questions.command(questions.opening()) for _ in range(20)]
    await send(settings, commands)
    host = Host(settings, Readiness(), CheckpointStore(NO_DATABASE, "none"))
    host.changed(frozenset({0, 1}))

    async def halted() -> bool:
        return {shard.phase for shard in host._shards.values()} == {Phase.HALTED}

    async with running([host]):
        await eventually(all_decided(settings, commands))
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
        await admin.start()
        await admin.delete_topics([topic_name(settings, COMMANDS)])

        async def made_anew() -> bool:
            try:
                return bool(await create_topics(settings))
            except Exception:  # noqa: BLE001 - the deletion is still under way
                return False

        await eventually(made_anew)
        await admin.close()
        sender = await producer(settings)
        for partition in (0, 1):
            for _ in range(30):
                value = encode(questions.command(questions.opening()))
                await sender.send_and_wait(
                    topic_name(settings, COMMANDS), value, partition=partition
                )
        await sender.stop()
        await eventually(halted, within_seconds=60)
    assert LOG.name
