"""Public events framed for a schema registry, from the relay to a consumer on the real broker.

The registry is a stand-in that keeps the Confluent API's contract as far as we use it; with
`HANDRAISE_REGISTRY` (the base URL of a registry's Confluent API) that one is asked as well.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from fastavro.schema import parse_schema
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from event_schemas.catalog import Word, words
from event_schemas.types import DeadLetter, Envelope
from kernel.chain import Head
from kernel.codec import decode_as, encode
from kernel.dead_letters import DeadLetters
from kernel.errors import Unavailable, Unreadable
from kernel.framing import confluent
from kernel.http_server import HttpServer
from kernel.kafka import create_topics, producer, topic_name
from kernel.public_consumer import PublicConsumer
from kernel.registry import Registry
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.topics import DEAD_LETTERS, RECEIVED, REPLIES, Topic
from services.request_svc.relaying.outputs import Output
from services.request_svc.relaying.relay import Relay
from services.request_svc.relaying.sender import RelaySender
from tests.golden.make import sample_word
from tests.support.eventually import eventually
from tests.support.parts import running
from tests.support.processes import free_port_base

STAND_IN = "stand-in"
GIVEN = [url] if (url := os.environ.get("HANDRAISE_REGISTRY")) else []
GROUP = "registry-test"
EVENT = sample_word("handraise.public.Received")
HEAD = Head(1, bytes(32), datetime(2026, 1, 1, tzinfo=UTC), "one", 0)


class StandIn:
    """A registry that keeps what it was given while its server goes and comes back."""

    def __init__(self) -> None:
        port = free_port_base()
        self.url = f"http://127.0.0.1:{port}"
        self.schemas: list[str] = []
        self.subjects: set[str] = set()
        self._port = port
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        app = Starlette(
            routes=[
                Route("/subjects/{subject}/versions", self._register, methods=["POST"]),
                Route("/schemas/ids/{id:int}", self._schema),
            ]
        )
        server = HttpServer(app, host="127.0.0.1", port=self._port)
        self._serving = asyncio.create_task(server.run())
        await eventually(self._answers)

    async def stop(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait([self._serving])
            self._serving = None

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True

    async def _register(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        assert body["schemaType"] == "AVRO"
        try:
            parse_schema(orjson.loads(body["schema"]))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is refused
            return JSONResponse({"error_code": 42201, "message": str(error)}, status_code=422)
        self.subjects.add(request.path_params["subject"])
        if body["schema"] not in self.schemas:
            self.schemas.append(body["schema"])
        return JSONResponse({"id": self.schemas.index(body["schema"]) + 1})

    async def _schema(self, request: Request) -> Response:
        number = request.path_params["id"]
        if not 0 < number <= len(self.schemas):
            refusal = {"error_code": 40403, "message": f"Schema {number} not found"}
            return JSONResponse(refusal, status_code=404)
        return JSONResponse({"schema": self.schemas[number - 1]})


@pytest.fixture
async def registry() -> AsyncGenerator[StandIn]:
    made = StandIn()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def settings(kafka: str, topic_prefix: str, registry: StandIn) -> Settings:
    made = Settings(
        kafka=kafka, topic_prefix=topic_prefix, partitions=1, schema_registry_url=registry.url
    )
    await create_topics(made)
    return made


def output(topic: Topic, value: bytes, order: str = "r") -> Output:
    return Output(topic=topic, partition=0, key=b"r", value=value, order=f"{topic.name} {order}")


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncGenerator[Relay]:
    sender = RelaySender(settings)
    relay = Relay(sender, 0, None)
    async with running([relay]):
        yield relay
    await sender.stop()


@asynccontextmanager
async def consuming(settings: Settings) -> AsyncGenerator[list[Envelope]]:
    """Runs a consumer of the answers inside the block; gives what it has handled."""
    handled: list[Envelope] = []

    async def handle(events: list[Envelope]) -> None:
        handled.extend(events)

    sender = await producer(settings)
    readiness = Readiness()
    consumer = PublicConsumer(
        settings,
        group=GROUP,
        topics=[RECEIVED],
        handle=handle,
        dead_letters=DeadLetters(settings, lambda: sender),
        readiness=readiness,
    )
    async with running([consumer], readiness):
        yield handled
    await sender.stop()


async def put(settings: Settings, *values: bytes) -> None:
    sender = await producer(settings)
    for value in values:
        await sender.send_and_wait(topic_name(settings, RECEIVED), value, partition=0)
    await sender.stop()


async def standing(settings: Settings, topic: Topic, count: int = 1) -> list[bytes]:
    """The first values on a topic."""
    consumer = AIOKafkaConsumer(
        topic_name(settings, topic),
        bootstrap_servers=settings.kafka,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [(await consumer.getone()).value or b"" for _ in range(count)]
    finally:
        await consumer.stop()


async def until(holds: Callable[[], bool]) -> None:
    async def look() -> bool:
        return holds()

    await eventually(look)


async def id_in(registry: Registry, word: Word) -> int:
    """The schema's id; asks again, as the relay does: a registry just started is slow at first."""

    async def look() -> int | None:
        try:
            return await registry.id_of(word)
        except Unavailable:
            return None

    found = await eventually(look)
    assert found is not None
    return found


@pytest.mark.parametrize("url", [STAND_IN, *GIVEN])
async def test_a_registry_gives_every_public_schema_back_by_its_id(
    registry: StandIn, url: str
) -> None:
    address = registry.url if url == STAND_IN else url
    teller, asker = Registry(address), Registry(address)
    events = [word for name, word in words().items() if name.startswith("handraise.public.")]
    ids = [await id_in(teller, word) for word in events]
    assert len(set(ids)) == len(events)
    found = [await asker.word_of(number) for number in ids]
    assert [w.fingerprint for w in found] == [w.fingerprint for w in events]
    with pytest.raises(Unreadable):
        await asker.word_of(2**31 - 1)
    await teller.close()
    await asker.close()


async def test_events_go_framed_and_are_read_whichever_form_they_have(
    registry: StandIn, settings: Settings
) -> None:
    await put(settings, encode(EVENT))
    async with consuming(settings) as handled, relaying(settings) as relay:
        relay.add(0, HEAD, [output(RECEIVED, encode(EVENT)), output(REPLIES, b"a reply")])
        await until(lambda: len(handled) == 2)
    assert handled == [EVENT, EVENT]
    before, framed = await standing(settings, RECEIVED, 2)
    assert (before, framed) == (encode(EVENT), b"\x00\x00\x00\x00\x01" + encode(EVENT)[10:])
    assert registry.subjects == {"handraise.public.Received"}
    assert await standing(settings, REPLIES) == [b"a reply"]


async def test_a_registrys_outage_delays_events_but_no_reply(
    registry: StandIn, settings: Settings
) -> None:
    await registry.stop()
    events = [output(RECEIVED, encode(EVENT), order=str(n)) for n in range(200)]
    async with relaying(settings) as relay:
        relay.add(0, HEAD, [*events, output(REPLIES, b"a reply")])
        assert await standing(settings, REPLIES) == [b"a reply"]
        assert relay.position == 0
        await registry.start()
        await until(lambda: relay.position == 1)
    framed = await standing(settings, RECEIVED, len(events))
    assert set(framed) == {b"\x00\x00\x00\x00\x01" + encode(EVENT)[10:]}


async def test_a_consumer_waits_for_the_registry_and_goes_on(
    registry: StandIn, settings: Settings
) -> None:
    teller = Registry(registry.url)
    number = await teller.id_of(words()["handraise.public.Received"])
    await teller.close()
    await registry.stop()
    await put(settings, confluent(number, encode(EVENT)))
    group = settings.topic_prefix + GROUP
    async with consuming(settings) as handled:
        retried = "handraise_consumer_retries_total"
        await until(lambda: bool(REGISTRY.get_sample_value(retried, {"group": group})))
        assert handled == []
        await registry.start()
        await until(lambda: handled == [EVENT])


@pytest.mark.parametrize(
    ("configured", "sentence"), [(True, "knows no schema 99"), (False, "is not set")]
)
async def test_a_frame_whose_schema_nobody_knows_is_a_dead_letter_and_the_rest_goes_on(
    settings: Settings, configured: bool, sentence: str
) -> None:
    url = settings.schema_registry_url if configured else ""
    unknown = confluent(99, encode(EVENT))
    await put(settings, unknown, encode(EVENT))
    async with consuming(settings.model_copy(update={"schema_registry_url": url})) as handled:
        await until(lambda: handled == [EVENT])
    (value,) = await standing(settings, DEAD_LETTERS)
    letter = decode_as(DeadLetter, value)
    assert (letter.cause, letter.value) == ("Unreadable", unknown)
    assert sentence in letter.detail
