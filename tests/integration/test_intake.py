"""Asks that come straight through Kafka, from a plain producer that signs them."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from deploy.bootstrap import bootstrap
from event_schemas.types import DeadLetter, Requested
from kernel.codec import decode_as
from kernel.directory.directory import Directory
from kernel.directory.keys import IssuedKey
from kernel.directory.principals import Ability
from kernel.ids import request_id_for
from kernel.kafka import producer, topic_name
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.tail import Tail
from kernel.topics import ASKS, DEAD_LETTERS
from services.request_svc.wiring import deciding_parts, intake_parts
from tests.support.parts import running
from tests.support.topics import public_events

QUESTION: dict[str, Any] = {"title": "Ship it?", "context": {"build": 7}, "workflow_id": "wf-9"}

FORM = {"type": "object", "required": ["limit"]}


@pytest.fixture
async def settings(kafka: str, topic_prefix: str, database: str) -> Settings:
    made = Settings(
        kafka=kafka,
        topic_prefix=topic_prefix,
        partitions=1,
        pg_dsn=database,
        secret_key=base64.b64encode(bytes(range(32))).decode(),
    )
    await bootstrap(made)
    return made


@pytest.fixture
async def key(settings: Settings) -> AsyncIterator[IssuedKey]:
    directory = await Directory.connect(settings)
    await directory.tenants.create(tenant="acme", name="Acme")
    issued = await directory.keys.create(tenant="acme", owner="bot", abilities=[Ability.ASK])
    readiness = Readiness("deciding", "commands", "kafka")
    parts = [*deciding_parts(settings, readiness), *intake_parts(settings, readiness, directory)]
    async with running(parts, readiness):
        yield issued
    await directory.close()


def headers(key: IssuedKey, ask_id: str, body: bytes, **over: str) -> list[tuple[str, bytes]]:
    """As any language does it that has a Standard Webhooks library."""
    now = datetime.now(UTC)
    said = {
        "handraise-key": key.key.id,
        "webhook-id": ask_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(key.signing_secret).sign(ask_id, now, body.decode()),
        **over,
    }
    return [(name, value.encode()) for name, value in said.items()]


async def publish(settings: Settings, *asks: tuple[bytes, list[tuple[str, bytes]]]) -> None:
    sender = await producer(settings)
    for body, said in asks:
        topic = topic_name(settings, ASKS)
        await sender.send_and_wait(topic, body, key=b"ignored", headers=said)
    await sender.stop()


async def test_a_signed_ask_opens_one_request_however_often_it_comes(
    settings: Settings, key: IssuedKey
) -> None:
    body = json.dumps(QUESTION).encode()
    said = headers(key, "ask-1", body)
    other = json.dumps({**QUESTION, "title": "And this?", "form": FORM}).encode()
    await publish(settings, (body, said), (body, said), (other, headers(key, "ask-2", other)))
    events = await public_events(settings, count=2)
    ids = {request_id_for("acme", "bot", ask) for ask in ("ask-1", "ask-2")}
    assert set(events) == ids
    asked = events[request_id_for("acme", "bot", "ask-1")][0]
    assert isinstance(asked.data, Requested)
    assert (asked.data.title, asked.metadata.actor.channel) == ("Ship it?", "kafka")
    formed = events[request_id_for("acme", "bot", "ask-2")][0]
    assert isinstance(formed.data, Requested)
    assert (asked.data.needs_data, formed.data.needs_data) == (False, True)


async def test_what_nobody_vouches_for_goes_to_the_dead_letters_and_the_next_is_taken(
    settings: Settings, key: IssuedKey
) -> None:
    body = json.dumps(QUESTION).encode()
    secret = json.dumps({**QUESTION, "callback_secret": "s" * 32}).encode()
    junk = b"{not json"
    bad = [
        (body + b" ", headers(key, "tampered", body)),
        (body, headers(key, "stale", body, **{"webhook-timestamp": "1600000000"})),
        (body, headers(key, "nobody", body, **{"handraise-key": "0" * 16})),
        (body, [("webhook-id", b"bare")]),
        (junk, headers(key, "junk", junk)),
        (secret, headers(key, "secret", secret)),
    ]
    await publish(settings, *bad, (body, headers(key, "good", body)))
    events = await public_events(settings, count=1)
    assert set(events) == {request_id_for("acme", "bot", "good")}
    tail = Tail(settings, DEAD_LETTERS)
    await tail.start()
    letters = [
        decode_as(DeadLetter, record.value)
        for offset in range((await tail.bounds(0)).end)
        if (record := await tail.read_one(0, offset)) is not None
    ]
    await tail.stop()
    assert sorted(letter.cause for letter in letters) == ["Invalid"] * 3 + ["NotAllowed"] * 3
    assert all(letter.origin_topic == topic_name(settings, ASKS) for letter in letters)
