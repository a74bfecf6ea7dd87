"""Notices end to end: from a public event to mails in a real mail server and a command."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from event_schemas.types import (
    Assigned,
    Assignee,
    Cancelled,
    Candidates,
    ChangesRequested,
    Escalated,
    Means,
    Recipient,
    RecordNotification,
    Reminded,
    Revised,
    Routing,
    State,
)
from kernel.clock import utc_now
from kernel.ids import new_id
from kernel.mail_server import mail_server
from kernel.outbound.queries import Notification, notifications_of
from kernel.secrets import Keyring
from services.notifier_svc.mail import letterhead
from services.notifier_svc.planning import SERVICE
from services.notifier_svc.wiring import build
from tests.support.eventually import eventually
from tests.unit.outbound.circle import Circle, circle, free_ports, serving, started
from tests.unit.outbound.envelopes import OPENED, envelope, policy, received, requested, response
from tests.unit.outbound.mail_sink import MailSink, mail_sink

LEADS = Candidates(roles=("lead",))


@pytest.fixture
async def sink() -> AsyncGenerator[MailSink]:
    async with mail_sink() as made:
        yield made


@pytest.fixture
async def around(
    kafka: str, database: str, topic_prefix: str, sink: MailSink
) -> AsyncGenerator[Circle]:
    async with circle(
        kafka, database, topic_prefix, smtp_url=sink.url, public_url="https://hands.example"
    ) as made:
        yield made


def at_work(around: Circle):
    settings = around.settings
    make = partial(
        build,
        head=letterhead("Handraise <raise@example.org>", settings.public_url),
        server=mail_server(settings.smtp_url),
        keyring=Keyring.of(settings),
    )
    return serving(around, SERVICE, make)


def to(*addresses: str, channels: tuple[str, ...] = ("email",)) -> Routing:
    recipients = tuple(Recipient(email=address) for address in addresses)
    return Routing(channels=channels, recipients=recipients)


async def person(around: Circle, name: str, role: str = "reviewer") -> str:
    made = await around.directory.people.create(
        tenant="acme", email=f"{name}@example.org", name=name, roles=(role,)
    )
    return made.id


async def told(around: Circle, request_id: str) -> list[Notification]:
    return await notifications_of(around.pool, request_id, "acme")


async def remembered(around: Circle, request_id: str) -> Any:
    async def look() -> Any:
        return await around.pool.fetchrow(
            "SELECT * FROM notifier.briefs WHERE request_id = $1", request_id
        )

    return await eventually(look)


async def mailed(sink: MailSink, count: int) -> list[str]:
    async def look() -> bool:
        return len(sink.mails) >= count

    await eventually(look)
    return sorted(sink.recipients)


async def test_recipients_get_a_mail_each_and_the_core_hears_of_it_once(
    around: Circle, sink: MailSink
) -> None:
    event = envelope(requested(to("senior@company.example", "other@company.example")))
    key = event.metadata.request_id
    async with at_work(around):
        await around.publish(event, event)
        (said,) = await around.heard(key)
    assert said.body == RecordNotification(
        notice_id=event.event_id, channels=("email",), sent=2, failed=0
    )
    assert (said.command.actor.id, said.command.tenant) == (SERVICE, "acme")
    assert sorted(sink.recipients) == ["other@company.example", "senior@company.example"]
    assert {mail["Subject"] for mail in sink.mails} == {
        "[high] Decide: Review High-Risk Code Changes"
    }
    text = sink.mails[0].get_body(("plain",))
    assert text is not None
    assert f"https://hands.example/requests/{key}" in text.get_content()
    rows = await told(around, key)
    assert [(row.channel, row.status, row.provider_id) for row in rows] == [
        ("email", "sent", "2.0.0 queued as 4711")
    ] * 2


async def test_channels_that_are_not_set_up_fail_visibly_and_block_nothing(
    around: Circle, sink: MailSink
) -> None:
    routing = Routing(
        channels=("email", "sms", "web"),
        recipients=(
            Recipient(email="ada@example.org"),
            Recipient(phone="+4930123456"),
            Recipient(email="not an address"),
        ),
    )
    event = envelope(requested(routing))
    async with at_work(around):
        await around.publish(event)
        (said,) = await around.heard(event.metadata.request_id)
    assert said.body == RecordNotification(
        notice_id=event.event_id, channels=("email", "web"), sent=2, failed=2
    )
    rows = await told(around, event.metadata.request_id)
    assert {(row.channel, row.recipient, row.status, row.error) for row in rows} == {
        ("email", "ada@example.org", "sent", None),
        ("email", "not an address", "failed", "this is no mail address"),
        ("sms", "+4930123456", "failed", "the channel 'sms' is not set up here"),
        ("web", "queue", "delivered", None),
    }


async def test_without_recipients_the_people_who_may_answer_are_told(
    around: Circle, sink: MailSink
) -> None:
    await person(around, "ada")
    await person(around, "lea", "lead")
    excluded = await person(around, "eve", "lead")
    everyone = envelope(requested(Routing(channels=("email", "web"))))
    leads = envelope(requested(policy=policy(candidates=LEADS, excluded=(excluded,))))
    async with at_work(around):
        await around.publish(everyone)
        (said,) = await around.heard(everyone.metadata.request_id)
        await around.publish(leads)
        await around.heard(leads.metadata.request_id)
    assert said.body == RecordNotification(
        notice_id=everyone.event_id, channels=("email", "web"), sent=2, failed=0
    )
    assert sink.recipients == ["ada@example.org", "lea@example.org"]


async def test_when_nobody_can_be_told_the_queue_counts(around: Circle, sink: MailSink) -> None:
    event = envelope(requested(Routing(channels=("email",))))
    async with at_work(around):
        await around.publish(event)
        (said,) = await around.heard(event.metadata.request_id)
    assert said.body == RecordNotification(
        notice_id=event.event_id, channels=("web",), sent=1, failed=0
    )
    assert sink.mails == []


async def test_later_notices_know_the_question_and_go_to_whom_they_concern(
    around: Circle, sink: MailSink
) -> None:
    await person(around, "lea", "lead")
    bob = await person(around, "bob", "analyst")
    key = new_id()
    first = envelope(requested(to("first@example.org")), request_id=key, version=1)
    rung = Escalated(level=1, name="team lead", candidates=LEADS)
    again = Revised(revision=2, title="Smaller change", context="{}", content_hash="x")
    async with at_work(around):
        await around.publish(first)
        await mailed(sink, 1)
        later = [
            envelope(rung, request_id=key, version=2),
            envelope(
                Assigned(assignee=Assignee(person=bob), claimed=False), request_id=key, version=3
            ),
            envelope(again, request_id=key, version=4),
            envelope(
                Reminded(number=1, due_at=OPENED, deadline=OPENED),
                request_id=key,
                version=5,
                assignee=Assignee(person=bob),
            ),
        ]
        for number, event in enumerate(later, 2):
            await around.publish(event)
            await mailed(sink, number)
        await around.heard(key, 5)
    assert sink.recipients == [
        "first@example.org",
        "lea@example.org",
        "bob@example.org",
        "first@example.org",
        "bob@example.org",
    ]
    assert [mail["Subject"] for mail in sink.mails] == [
        "[high] Decide: Review High-Risk Code Changes",
        "[high] Escalated: Review High-Risk Code Changes",
        "[high] Assigned to you: Review High-Risk Code Changes",
        "[high] Changed: Smaller change",
        "[high] Reminder: Smaller change",
    ]
    assert len({mail["Message-ID"] for mail in sink.mails}) == 5
    assert len({mail["References"] for mail in sink.mails}) == 1


async def test_an_event_that_comes_before_its_question_waits_for_it(
    around: Circle, sink: MailSink
) -> None:
    await person(around, "lea", "lead")
    key = new_id()
    rung = envelope(
        Escalated(level=1, name="team lead", candidates=LEADS), request_id=key, version=2
    )

    async def parked() -> int:
        return await around.pool.fetchval("SELECT count(*) FROM notifier.parked")

    async with at_work(around):
        await around.publish(rung)
        await eventually(parked)
        assert sink.mails == []
        await around.publish(envelope(requested(to("a@example.org")), request_id=key, version=1))
        assert await mailed(sink, 2) == ["a@example.org", "lea@example.org"]
        await around.heard(key, 2)

        async def emptied() -> bool:
            return await parked() == 0

        await eventually(emptied)


@pytest.mark.parametrize(
    "end",
    [
        received(None).data,
        Cancelled(reason="no"),
        ChangesRequested(
            response=response(decision="request_changes", means=Means.CHANGES),
            deadline=OPENED,
            revisions_left=1,
        ),
    ],
)
async def test_nobody_is_asked_any_more_for_what_is_decided(
    around: Circle, sink: MailSink, end: Any
) -> None:
    sink.refused["slow@example.org"] = "450 4.2.1 come back later"
    event = envelope(requested(to("slow@example.org")), version=1)
    key = event.metadata.request_id

    async def rows(status: str) -> list[Notification]:
        return [row for row in await told(around, key) if row.status == status and row.error]

    async with at_work(around):
        await around.publish(event)
        await eventually(lambda: rows("queued"))
        await around.publish(envelope(end, request_id=key, version=2, state=State.RESPONDED))
        await eventually(lambda: rows("withdrawn"))
    assert around.said == []


async def test_a_question_that_closed_before_it_was_seen_is_not_told(
    around: Circle, sink: MailSink
) -> None:
    key, other = new_id(), envelope(requested(to("other@example.org")))
    async with at_work(around):
        await around.publish(envelope(Cancelled(), request_id=key, version=2))
        await remembered(around, key)
        await around.publish(envelope(requested(to("a@example.org")), request_id=key, version=1))

        async def asked() -> bool:
            return (await remembered(around, key))["asked"] is not None

        await eventually(asked)
        await around.publish(other)
        await around.heard(other.metadata.request_id)
    assert sink.recipients == ["other@example.org"]
    assert await told(around, key) == []


async def test_nobody_is_told_again_of_what_may_be_forgotten(
    around: Circle, sink: MailSink
) -> None:
    """A consumer group that lost its offsets reads everything that ever happened."""
    bygone = utc_now() - timedelta(days=31)
    old = envelope(requested(to("old@example.org")), timestamp=bygone)
    recent = envelope(requested(to("new@example.org")), timestamp=bygone + timedelta(days=2))
    async with at_work(around):
        await around.publish(old, recent)
        await around.heard(recent.metadata.request_id)
    assert sink.recipients == ["new@example.org"]


async def test_a_mail_server_that_is_away_delays_and_loses_nothing(
    around: Circle, sink: MailSink
) -> None:
    sink.data_answer = "451 4.3.0 try later"
    event = envelope(requested(to("ada@example.org")))
    key = event.metadata.request_id

    async def tried() -> bool:
        return any(row.error for row in await told(around, key))

    async with at_work(around):
        await around.publish(event)
        await eventually(tried)
        assert around.said == []
        sink.data_answer = "250 fine"
        await around.pool.execute("UPDATE outbound.deliveries SET due_at = clock_timestamp()")
        (said,) = await around.heard(key)
    assert said.body == RecordNotification(
        notice_id=event.event_id, channels=("email",), sent=1, failed=0
    )
    (row,) = await told(around, key)
    assert (row.status, row.retry_count) == ("sent", 1)


async def test_a_title_meant_to_add_a_header_is_a_notice_like_any_other(
    around: Circle, sink: MailSink
) -> None:
    title = "Fine\r\nBcc: everyone@example.org\r\n\r\nx" + "ü" * 2000
    event = envelope(requested(to("ada@example.org"), title=title))
    async with at_work(around):
        await around.publish(event)
        await around.heard(event.metadata.request_id)
    (mail,) = sink.mails
    assert mail["Bcc"] is None
    assert sink.recipients == ["ada@example.org"]


async def test_the_process_starts_tells_and_stops(around: Circle, sink: MailSink) -> None:
    process = await started(around, "services.notifier_svc", free_ports())
    event = envelope(requested(to("ada@example.org")))
    await around.publish(event)
    await around.heard(event.metadata.request_id)
    assert await process.stop() == 0
    assert sink.recipients == ["ada@example.org"]
