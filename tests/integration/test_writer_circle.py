"""The writer on the real broker: commands go in, entries, replies and public events come out."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.errors import KafkaError

from event_schemas.types import ActorKind, Cancel, Open, RefusalReason, Reply, State
from kernel.commands import CommandClient
from kernel.errors import Invalid
from kernel.ids import new_id
from kernel.kafka import create_topics
from kernel.service import Readiness
from kernel.settings import Settings
from services.request_svc.wiring import deciding_parts
from tests.support import questions
from tests.support.eventually import eventually
from tests.support.parts import running
from tests.support.topics import public_events


@pytest.fixture
async def settings(kafka: str, topic_prefix: str) -> Settings:
    made = Settings(
        kafka=kafka, topic_prefix=topic_prefix, partitions=3, pg_dsn="postgresql://127.0.0.1:1/none"
    )
    await create_topics(made)
    return made


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[CommandClient]:
    readiness = Readiness("deciding", "commands", "replies")
    made = CommandClient(settings, readiness)
    async with running([*deciding_parts(settings, readiness), made], readiness):
        yield made


async def ask(client: CommandClient, command: object) -> Reply:
    """What came of a command; who hears nothing in time says it again."""

    async def answered() -> Reply | None:
        return await client.ask(command)  # pyright: ignore[reportArgumentType]

    reply = await eventually(answered)
    assert reply is not None
    return reply


async def test_a_question_is_opened_answered_and_told(
    settings: Settings, client: CommandClient
) -> None:
    opened = questions.command(questions.opening())
    first = await ask(client, opened)
    assert first.refusal is None
    assert first.request is not None
    assert first.request.state is State.PENDING

    answered = await ask(client, questions.approve(opened.request_id))
    assert answered.request is not None
    assert answered.request.state is State.COMPLETED

    late = await ask(client, questions.approve(opened.request_id, questions.BEN))
    assert late.refusal is not None
    assert late.refusal.reason is RefusalReason.ALREADY_DECIDED
    assert late.refusal.winner is not None
    assert late.refusal.winner.actor_id == "ada"

    events = await public_events(settings, count=3)
    assert [e.event_type for e in events[opened.request_id]] == [
        "human.input.requested",
        "human.input.received",
        "human.input.completed",
    ]
    assert events[opened.request_id][1].metadata.actor.kind is ActorKind.PERSON


async def test_a_repeated_command_gets_its_first_outcome(client: CommandClient) -> None:
    opened = questions.command(questions.opening(), keyed=True, command_id=new_id())
    first = await ask(client, opened)
    again = await ask(client, opened)
    assert (first.repeated, again.repeated) == (False, True)
    assert first.request == again.request


async def test_what_cannot_be_read_is_refused_and_the_next_is_decided(
    settings: Settings, client: CommandClient
) -> None:
    opened = questions.command(questions.opening())
    for junk in (b"", b"\xc3\x01junk", bytes(300_000)):
        sender = client._sender.producer
        topic = settings.topic_prefix + "human.input.commands"
        await sender.send_and_wait(topic, junk, partition=0)
    assert (await ask(client, opened)).refusal is None


async def test_what_is_oversized_is_refused_at_the_door_and_the_next_is_decided(
    settings: Settings, client: CommandClient
) -> None:
    huge = questions.command(questions.opening(context='{"x":"' + "y" * 500_000 + '"}'))
    with pytest.raises(Invalid, match="are allowed"):
        await client.send(huge)
    topic = settings.topic_prefix + "human.input.commands"
    with pytest.raises(KafkaError):
        await client._sender.producer.send_and_wait(topic, bytes(700_000), partition=0)
    largest = questions.command(questions.opening(context='{"x":"' + "y" * 390_000 + '"}'))
    assert (await ask(client, largest)).refusal is None
    assert (await ask(client, questions.approve(largest.request_id))).refusal is None


async def test_many_at_once_are_each_decided_once(client: CommandClient) -> None:
    opens = [questions.command(questions.opening()) for _ in range(200)]
    replies = await asyncio.gather(*(ask(client, command) for command in opens))
    assert {r.request_id for r in replies} == {c.request_id for c in opens}
    answers = [questions.approve(c.request_id, who) for c in opens for who in _both()]
    outcomes = await asyncio.gather(*(ask(client, command) for command in answers))
    won = [r for r in outcomes if r.refusal is None]
    assert len(won) == len(opens)


def _both() -> tuple[object, object]:
    return questions.ADA, questions.BEN


async def test_an_unknown_request_is_unknown(client: CommandClient) -> None:
    reply = await ask(client, questions.command(Cancel(), new_id(), questions.AGENT))
    assert reply.refusal is not None
    assert reply.refusal.reason is RefusalReason.UNKNOWN
    assert Open.SCHEMA
