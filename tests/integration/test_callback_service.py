"""Callbacks end to end: from a public event to a verified request and a command."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import sys
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from typing import Any

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
from kernel.clock import utc_now
from kernel.directory.request_secrets import RequestSecrets
from kernel.directory.store import Store
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.outbound.database import Database
from kernel.outbound.delivery import Standing
from kernel.outbound.queries import WebhookDelivery, deliveries_of
from kernel.outbound.redriving import redrive
from kernel.outbound.resolver import Reach
from kernel.outbound.retention import Retention
from kernel.outbound.store import DeliveryStore
from kernel.secrets import Keyring
from kernel.settings import Settings
from kernel.topics import RECEIVED
from services.callback_svc.plan import SERVICE
from services.callback_svc.secrets import forget_with
from services.callback_svc.wiring import build
from tests.support.eventually import eventually
from tests.unit.outbound.circle import Circle, circle, free_ports, serving, started
from tests.unit.outbound.deliveries import delivery
from tests.unit.outbound.envelopes import envelope, received
from tests.unit.outbound.postgres_line import Hold, postgres_line
from tests.unit.outbound.receiver import Receiver, answers, receiving

LOCAL_KEY = base64.b64encode(
    hashlib.sha256(b"handraise: the local stack without a key of its own").digest()
).decode()


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
        await redrive(around.pool, failed.id, "acme", "olga")
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


async def test_a_secret_of_a_question_signs_after_the_master_key_was_rotated(
    kafka: str, database: str, topic_prefix: str, receiver: Receiver
) -> None:
    old, new = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    async with circle(kafka, database, topic_prefix, secret_key=f"{new},{old}") as around:
        before = RequestSecrets(Store(around.pool), Keyring.of(Settings(secret_key=old)))
        request_id = new_id()
        await before.put("acme", request_id, "correct horse")
        reference = before.reference(request_id, "correct horse")
        wanted = Callback(url=receiver.url, secret_ref=reference)
        async with at_work(around):
            await around.publish(received(receiver.url, request_id=request_id, callback=wanted))
            (came,) = await receiver.after(1)
    Webhook(b"correct horse").verify(came.body, came.headers)


async def test_the_delivery_log_tells_how_it_went_and_no_secret(
    around: Circle, receiver: Receiver
) -> None:
    reference, old = await around.api_key()
    new = await around.directory.keys.rotate_signing_secret("acme", reference.removeprefix("key:"))
    request_id, secrets = new_id(), around.directory.request_secrets
    await secrets.put("acme", request_id, "correct horse battery")
    own = Callback(
        url=receiver.url, secret_ref=secrets.reference(request_id, "correct horse battery")
    )
    events = [
        answered(receiver, reference),
        received(receiver.url, request_id=request_id, callback=own),
    ]
    async with at_work(around):
        await around.publish(*events)
        logs = [await shown(around, event, "delivered") for event in events]
        came = await receiver.after(2)
    (first,) = logs[0].attempts
    assert first.request_headers is not None
    assert first.request_headers["webhook-id"] == events[0].event_id
    assert first.request_headers["webhook-signature"] == "v1,*** v1,***"
    assert (first.address, first.status_code) == ("127.0.0.1", 200)
    assert first.first_byte_ms is not None
    assert logs[0].payload.encode() in [one.body for one in came]
    assert logs[0].payload_sha256 == hashlib.sha256(logs[0].payload.encode()).hexdigest()
    kept = str(
        await around.pool.fetch(
            "SELECT d::text, a::text FROM outbound.deliveries d"
            " JOIN outbound.attempts a ON a.delivery_id = d.id"
        )
    )
    signatures = [
        part
        for one in came
        for name in ("webhook-signature", "x-webhook-signature")
        for part in one.headers[name].replace("sha256=", "").replace("v1,", "").split()
    ]
    for secret in (old, new, "correct horse battery", *signatures):
        assert secret not in kept
        assert secret not in str(logs)


async def test_all_secrets_of_questions_that_are_due_together_are_one_query(
    around: Circle,
) -> None:
    asked: list[str] = []

    class Counting(Store):
        async def rows(self, sql: str, *values: Any) -> list[Any]:
            asked.append(sql)
            return await super().rows(sql, *values)

    secrets = RequestSecrets(Counting(around.pool), Keyring.of(around.settings))
    ids = [new_id() for _ in range(20)]
    for number, request_id in enumerate(ids):
        await secrets.put("acme", request_id, f"secret {number}")
    marks = [secrets.mark(request_id, f"secret {n}") for n, request_id in enumerate(ids)]
    found = await asyncio.gather(
        *(secrets.get("acme", one, mark) for one, mark in zip(ids, marks, strict=True))
    )
    assert (found, len(asked)) == ([f"secret {n}" for n in range(20)], 1)
    strangers = await asyncio.gather(
        secrets.get("other", ids[0], marks[0]),
        secrets.get("acme", ids[0], marks[1]),
        secrets.get("acme", ids[0], marks[0]),
        return_exceptions=True,
    )
    assert [type(one) for one in strangers] == [NotFound, NotFound, str]


async def test_a_questions_secret_goes_with_its_last_callback(around: Circle) -> None:
    secrets, store = (
        around.directory.request_secrets,
        DeliveryStore(Database(around.pool), SERVICE, "w1"),
    )
    for name, event in (
        ("ended", "request.responded"),
        ("revising", "request.changes_requested"),
        ("open", None),
    ):
        for secret in ("one", "another"):
            await secrets.put("acme", name, secret)
        await secrets.put("other", name, "third")
        if event is not None:
            made = delivery(request_id=name, event=event, secret_ref=secrets.reference(name, "one"))
            await store.insert([made.settled(Standing.DELIVERED)], [])
    await around.pool.execute(
        "UPDATE outbound.deliveries SET settled_at = settled_at - interval '31 days'"
    )
    assert await Retention(Database(around.pool), SERVICE, forget_with).sweep() == 2
    left = await around.pool.fetch(
        "SELECT tenant, request_id, count(*) FROM directory.request_secrets GROUP BY 1, 2"
    )
    assert {(row[0], row[1]): row[2] for row in left} == {
        ("acme", "revising"): 2,
        ("acme", "open"): 2,
        ("other", "ended"): 1,
        ("other", "revising"): 1,
        ("other", "open"): 1,
    }


async def test_an_event_whose_callback_may_be_forgotten_is_not_called_back_again(
    around: Circle, receiver: Receiver
) -> None:
    """A consumer group that lost its offsets reads everything that ever happened."""
    reference, _ = await around.api_key()
    wanted = Callback(url=receiver.url, secret_ref=reference)
    bygone = utc_now() - timedelta(days=31)
    old = received(receiver.url, callback=wanted, timestamp=bygone)
    recent = received(receiver.url, callback=wanted, timestamp=bygone + timedelta(days=2))
    async with at_work(around):
        await around.publish(old, recent)
        await around.heard(recent.metadata.request_id)
    assert [came.headers["webhook-id"] for came in receiver.came] == [recent.event_id]


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "HANDRAISE_SECRET_KEY is not set"),
        ({"HANDRAISE_SECRET_KEY": "c2hvcnQ="}, "not base64 of 32 bytes"),
        ({"HANDRAISE_SECRET_KEY": LOCAL_KEY}, "the local stack's, which everyone knows"),
    ],
)
async def test_it_does_not_start_without_a_key_of_its_own_outside_the_local_stack(
    variables: dict[str, str], complaint: str
) -> None:
    clean = {name: value for name, value in os.environ.items() if "HANDRAISE" not in name}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.callback_svc",
        env=clean | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert complaint in said.decode()


POINTS = {
    "before the row": ("INSERT INTO outbound.deliveries", Hold.STATEMENT, 0),
    "before the attempt": ("directory.key_of_id", Hold.STATEMENT, 0),
    "between attempt and row": ("INSERT INTO outbound.attempts", Hold.STATEMENT, 1),
    "when all is kept and nobody knows": ("INSERT INTO outbound.attempts", Hold.ANSWER, 1),
}


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_point_it_comes_with_the_same_id_and_bytes_at_least_once(
    around: Circle, receiver: Receiver, point: str
) -> None:
    words, hold, attempts = POINTS[point]
    reference, secret = await around.api_key()
    event = answered(receiver, reference)
    async with postgres_line(around.settings.pg_dsn) as line:
        # A name that stays lets the successor take over at once.
        own = {"HANDRAISE_PG_DSN": line.dsn, "HANDRAISE_INSTANCE": "one"}
        victim = await started(around, "services.callback_svc", free_ports(), **own)
        line.hold_at(words, hold)
        await around.publish(event)
        await asyncio.wait_for(line.holding.wait(), 50)
        if hold is Hold.ANSWER:

            async def kept() -> bool:
                return bool(
                    await around.pool.fetchval("SELECT settled_at FROM outbound.deliveries")
                )

            await eventually(kept)
        await victim.kill()
    assert len(receiver.came) == attempts
    own["HANDRAISE_PG_DSN"] = around.settings.pg_dsn
    await started(around, "services.callback_svc", free_ports(), **own)
    (said, *_) = await around.heard(event.metadata.request_id)
    found = await shown(around, event, "delivered")
    assert isinstance(said.body, RecordCallback)
    assert said.body.delivered
    assert {one.headers["webhook-id"] for one in receiver.came} == {event.event_id}
    assert {one.body for one in receiver.came} == {found.payload.encode()}
    for one in receiver.came:
        Webhook(secret).verify(one.body, one.headers)


async def test_killed_after_a_failure_was_kept_and_before_it_was_reported_it_is_reported(
    around: Circle, receiver: Receiver
) -> None:
    reference, _ = await around.api_key()
    receiver.script = answers("410 Gone")
    event = answered(receiver, reference)
    async with postgres_line(around.settings.pg_dsn) as line:
        own = {"HANDRAISE_PG_DSN": line.dsn, "HANDRAISE_INSTANCE": "one"}
        victim = await started(around, "services.callback_svc", free_ports(), **own)
        line.hold_at("AND reported_at IS NULL\nORDER BY event_id", Hold.STATEMENT)
        await around.publish(event)
        await asyncio.wait_for(line.holding.wait(), 50)
        await victim.kill()
    assert around.said == []
    own["HANDRAISE_PG_DSN"] = around.settings.pg_dsn
    successor = await started(around, "services.callback_svc", free_ports(), **own)
    (said,) = await around.heard(event.metadata.request_id)
    assert await successor.stop() == 0
    assert isinstance(said.body, RecordCallback)
    assert (said.body.delivered, said.body.attempts, len(receiver.came)) == (False, 1, 1)
