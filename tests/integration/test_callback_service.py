"""Callbacks end to end: from a public event to a verified request and a command."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator
from functools import partial

import pytest
from standardwebhooks.webhooks import Webhook

from event_schemas.types import (
    Callback,
    Cancelled,
    DeadlineAction,
    Envelope,
    Outcome,
    RecordCallback,
    TimedOut,
)
from kernel.ids import new_id
from kernel.outbound.queries import WebhookDelivery, deliveries_of, redrive
from kernel.outbound.resolver import Reach
from kernel.secrets import Keyring
from kernel.topics import RECEIVED
from services.callback_svc.plan import SERVICE
from services.callback_svc.wiring import build
from tests.support.eventually import eventually
from tests.unit.outbound.circle import Circle, circle, free_ports, serving, started
from tests.unit.outbound.envelopes import envelope, received
from tests.unit.outbound.receiver import Came, Receiver, answers, receiving


@pytest.fixture
async def around(kafka: str, database: str, topic_prefix: str) -> AsyncGenerator[Circle]:
    async with circle(kafka, database, topic_prefix) as made:
        yield made


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with receiving() as made:
        yield made


def at_work(around: Circle):
    settings = around.settings
    make = partial(build, keyring=Keyring.of(settings), reach=Reach.of(settings))
    return serving(around, SERVICE, make)


def answered(receiver: Receiver, secret_ref: str) -> Envelope:
    wanted = Callback(url=receiver.url, secret_ref=secret_ref)
    return received(receiver.url, callback=wanted)


async def shown(around: Circle, event: Envelope, status: str) -> WebhookDelivery:
    async def look() -> WebhookDelivery | None:
        found = await deliveries_of(around.pool, event.metadata.request_id, "acme")
        return next((one for one in found if one.attempts and one.status == status), None)

    found = await eventually(look)
    assert found is not None
    return found


async def test_an_answer_is_called_back_signed_in_both_ways_and_recorded(
    around: Circle, receiver: Receiver
) -> None:
    reference, secret = await around.api_key()
    event = answered(receiver, reference)
    async with at_work(around):
        await around.publish(event)
        (came,) = await receiver.after(1)
        (said,) = await around.heard(event.metadata.request_id)
    Webhook(secret).verify(came.body, came.headers)
    plain = hmac.new(secret.encode(), came.body, hashlib.sha256).hexdigest()
    assert came.headers["x-webhook-signature"] == f"sha256={plain}"
    assert came.headers["webhook-id"] == event.event_id
    body = json.loads(came.body)
    assert (body["event"], body["request_id"]) == (
        "request.responded",
        event.metadata.request_id,
    )
    assert said.body == RecordCallback(
        delivery_id=event.event_id, delivered=True, status_code=200, attempts=1
    )
    assert (said.command.actor.id, said.command.tenant) == (SERVICE, "acme")


async def test_each_ending_is_told_and_events_that_come_twice_are_told_once(
    around: Circle, receiver: Receiver
) -> None:
    reference, _ = await around.api_key()
    wanted = Callback(url=receiver.url, secret_ref=reference)
    timed_out = TimedOut(action=DeadlineAction.FAIL, deadline=answered(receiver, "x").timestamp)
    events = [
        answered(receiver, reference),
        envelope(timed_out, callback=wanted, outcome=Outcome.TIMED_OUT),
        envelope(Cancelled(reason="no"), callback=wanted, outcome=Outcome.CANCELLED),
        received(None),
    ]
    async with at_work(around):
        await around.publish(*events, *events)
        for event in events[:3]:
            await around.heard(event.metadata.request_id)
    told = sorted(json.loads(came.body)["event"] for came in receiver.came)
    assert told == ["request.cancelled", "request.responded", "request.timed_out"]
    assert len(around.said) == 3


async def test_a_question_may_bring_its_own_secret(around: Circle, receiver: Receiver) -> None:
    request_id, secrets = new_id(), around.directory.request_secrets
    await secrets.put("acme", request_id, "correct horse")
    wanted = Callback(url=receiver.url, secret_ref=secrets.reference(request_id, "correct horse"))
    async with at_work(around):
        await around.publish(received(receiver.url, request_id=request_id, callback=wanted))
        (came,) = await receiver.after(1)
    plain = hmac.new(b"correct horse", came.body, hashlib.sha256).hexdigest()
    assert came.headers["x-webhook-signature"] == f"sha256={plain}"


async def test_while_a_secret_rotates_both_verify(around: Circle, receiver: Receiver) -> None:
    reference, old = await around.api_key()
    new = await around.directory.keys.rotate_signing_secret("acme", reference.removeprefix("key:"))
    async with at_work(around):
        await around.publish(answered(receiver, reference))
        (came,) = await receiver.after(1)
    for secret in (old, new):
        Webhook(secret).verify(came.body, came.headers)


async def test_a_refused_attempt_is_repeated_with_the_same_id_and_bytes(
    around: Circle, receiver: Receiver
) -> None:
    reference, secret = await around.api_key()
    event = answered(receiver, reference)
    receiver.script = answers("500 Oops", body=b"stack trace")
    async with at_work(around):
        await around.publish(event)
        await receiver.after(1)
        waiting = await shown(around, event, "pending")
        receiver.script = answers("204 No Content")
        await around.pool.execute("UPDATE outbound.deliveries SET due_at = clock_timestamp()")
        first, second = await receiver.after(2)
        (said,) = await around.heard(event.metadata.request_id)
    assert waiting.error == "500: the receiver did not take it"
    assert waiting.response_body == "stack trace"
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    Webhook(secret).verify(second.body, second.headers)
    assert said.body == RecordCallback(
        delivery_id=event.event_id, delivered=True, status_code=204, attempts=2
    )


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        (answers("429 Slow down", headers="Retry-After: 3600\r\n"), 3600),
        (answers("503 Later", headers="Retry-After: 900\r\n"), 900),
        (answers("302 Found", headers="Location: http://127.0.0.1:1/\r\n"), 5),
    ],
)
async def test_a_receiver_that_does_not_take_it_is_tried_again_later(
    around: Circle, receiver: Receiver, script: object, seconds: int
) -> None:
    reference, _ = await around.api_key()
    receiver.script = script  # type: ignore[assignment]
    event = answered(receiver, reference)
    async with at_work(around):
        await around.publish(event)
        await receiver.after(1)

        async def tried() -> float | None:
            return await around.pool.fetchval(
                "SELECT extract(epoch FROM due_at - clock_timestamp())::float8"
                " FROM outbound.deliveries WHERE attempts = 1"
            )

        left = await eventually(tried)
    assert left is not None
    assert 0.8 * seconds - 3 <= left <= 1.2 * seconds
    assert around.said == []


async def test_a_receiver_that_is_gone_is_recorded_as_failed_and_can_be_redriven(
    around: Circle, receiver: Receiver
) -> None:
    reference, _ = await around.api_key()
    receiver.script = answers("410 Gone")
    event = answered(receiver, reference)
    async with at_work(around):
        await around.publish(event)
        (said,) = await around.heard(event.metadata.request_id)
        failed = await shown(around, event, "failed")
        receiver.script = answers("200 OK")
        await redrive(around.pool, failed.id, "acme")
        _, again = await around.heard(event.metadata.request_id, 2)
    assert said.body == RecordCallback(
        delivery_id=event.event_id,
        delivered=False,
        status_code=410,
        attempts=1,
        error="410: the receiver wants no more",
    )
    assert again.body == RecordCallback(
        delivery_id=event.event_id, delivered=True, status_code=200, attempts=2
    )
    assert {came.headers["webhook-id"] for came in receiver.came} == {event.event_id}


async def test_what_can_never_be_sent_is_recorded_as_failed_at_once(around: Circle) -> None:
    reference, _ = await around.api_key()
    urls = {
        "http://10.0.0.1/": "target_refused",
        "https://169.254.169.254/": "target_refused",
        "gopher://x.example/": "invalid",
    }
    events = {url: received(url, callback=Callback(url=url, secret_ref=reference)) for url in urls}
    unsigned = received("http://127.0.0.1:9/")
    async with at_work(around):
        await around.publish(*events.values(), unsigned)
        for url, event in events.items():
            (said,) = await around.heard(event.metadata.request_id)
            assert isinstance(said.body, RecordCallback)
            assert not said.body.delivered
            assert (said.body.error or "").startswith(urls[url])
        (said,) = await around.heard(unsigned.metadata.request_id)
    assert isinstance(said.body, RecordCallback)
    assert (said.body.error or "").startswith("unknown")


async def test_an_unreadable_event_stops_nothing(around: Circle, receiver: Receiver) -> None:
    reference, _ = await around.api_key()
    event = answered(receiver, reference)
    async with at_work(around):
        await around.put(RECEIVED, event.metadata.request_id, b"no avro at all")
        await around.publish(event)
        await around.heard(event.metadata.request_id)


async def test_killed_between_attempt_and_record_it_comes_again_with_the_same_id_and_bytes(
    around: Circle, receiver: Receiver
) -> None:
    reference, secret = await around.api_key()
    event = answered(receiver, reference)
    process = await started(around, "services.callback_svc", free_ports())

    async def kill(_came: Came, writer: asyncio.StreamWriter) -> None:
        await process.kill()
        writer.close()

    receiver.script = kill
    await around.publish(event)
    await receiver.after(1, seconds=50)
    await process.process.wait()
    receiver.script = answers("200 OK")
    successor = await started(around, "services.callback_svc", free_ports())
    first, second = await receiver.after(2, seconds=50)
    (said,) = await around.heard(event.metadata.request_id)
    assert await successor.stop() == 0
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    Webhook(secret).verify(second.body, second.headers)
    assert isinstance(said.body, RecordCallback)
    assert said.body.delivered
