"""People are told as they wish: when, on which channel, together, and by another way if need be."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from event_schemas.types import (
    Assigned,
    Assignee,
    Cancelled,
    Candidates,
    Commented,
    Event,
    Outcome,
    Priority,
    Received,
    Recipient,
    RecordNotification,
    Routing,
    State,
)
from kernel.clock import utc_now
from kernel.directory.preferences import Digest, Preferences, Quiet
from kernel.directory.slack_workspaces import Workspace
from kernel.ids import new_id
from kernel.mail_server import mail_server
from kernel.outbound.notices import notices_for
from kernel.outbound.queries import Notification, notifications_of
from kernel.outbound.receipts import Receipt, set_clicked, set_receipt
from kernel.secrets import Keyring
from kernel.signatures import is_signed
from services.notifier_svc.mail import letterhead
from services.notifier_svc.planning import SERVICE
from services.notifier_svc.wiring import build
from tests.support.eventually import eventually
from tests.support.slack import SIGNING_SECRET, TEAM, TOKEN, SlackStandIn, slack_stand_in
from tests.support.twilio import Twilio, twilio
from tests.unit.outbound.circle import Circle, circle, free_ports, serving, started
from tests.unit.outbound.envelopes import envelope, policy, requested, response
from tests.unit.outbound.mail_sink import MailSink, mail_sink
from tests.unit.outbound.receiver import answers, receiving

PHONE = "+4930123456"
HIGH, LOW, URGENT = Priority.HIGH, Priority.LOW, Priority.URGENT
MAIL_ONLY = Routing(channels=("email",))
DUE_NOW = "UPDATE outbound.deliveries SET due_at = clock_timestamp() WHERE status = $1"


@dataclass
class Town:
    """The circle around the service, and what its channels lead to."""

    around: Circle
    sink: MailSink
    twilio: Twilio
    slack: SlackStandIn

    def at_work(self) -> Any:
        settings = self.around.settings
        make = partial(
            build,
            head=letterhead("Handraise <raise@example.org>", settings.public_url),
            server=mail_server(settings.smtp_url),
            keyring=Keyring.of(settings),
        )
        return serving(self.around, SERVICE, make)

    async def person(self, name: str, **wishes: Any) -> str:
        """A reviewer of the tenant who wants to be told so."""
        made = await self.around.directory.people.create(
            tenant="acme", email=f"{name}@example.org", name=name.title()
        )
        await self.around.directory.preferences.put("acme", made.id, Preferences(**wishes), {})
        return made.id

    async def ask(self, request_id: str | None = None, **over: Any) -> str:
        """Publishes a question and gives its id."""
        key = request_id or new_id()
        priority = over.pop("priority", HIGH)
        question = requested(over.pop("routing", MAIL_ONLY), priority=priority, **over)
        await self.around.publish(
            envelope(question, request_id=key, priority=priority, timestamp=utc_now())
        )
        return key

    async def happens(self, request_id: str, event: Event, **over: Any) -> None:
        """Publishes what happens to a request next."""
        status: dict[str, Any] = {"version": 2, **over}
        told = envelope(event, request_id=request_id, timestamp=utc_now(), **status)
        await self.around.publish(told)

    async def told(self, request_id: str) -> list[Notification]:
        return await notifications_of(self.around.pool, request_id, "acme")

    async def rows(
        self, request_id: str, channel: str, status: str, count: int = 1
    ) -> list[Notification]:
        """The rows of a request on a channel, once so many stand so."""

        async def look() -> list[Notification]:
            rows = [
                row
                for row in await self.told(request_id)
                if (row.channel, row.status) == (channel, status)
            ]
            return rows if len(rows) == count else []

        return await eventually(look)

    async def mails(self, count: int) -> list[str]:
        """What so many mails say, once they are there."""

        async def look() -> bool:
            return len(self.sink.mails) >= count

        await eventually(look)
        assert len(self.sink.mails) == count
        bodies = [mail.get_body(("plain",)) for mail in self.sink.mails]
        return [body.get_content() for body in bodies if body is not None]

    async def make_due(self, status: str = "pending") -> None:
        """What waits for its time need wait no more."""
        await self.around.pool.execute(DUE_NOW, status)


@pytest.fixture
async def town(kafka: str, database: str, topic_prefix: str) -> AsyncGenerator[Town]:
    async with (
        mail_sink() as sink,
        twilio() as gateway,
        slack_stand_in() as slack,
        circle(
            kafka,
            database,
            topic_prefix,
            smtp_url=sink.url,
            sms_url=gateway.url,
            public_url="https://hands.example",
            slack_api_url=f"{slack.url}/api",
            chat_schemas=("json",),
            instance="one",
        ) as around,
    ):
        yield Town(around, sink, gateway, slack)


def quiet_now() -> Quiet:
    now = utc_now()
    return Quiet(begin=(now - timedelta(hours=2)).time(), end=(now + timedelta(hours=2)).time())


async def test_a_notice_held_for_quiet_hours_survives_a_kill_and_comes_when_they_end(
    town: Town,
) -> None:
    await town.person("ada", quiet=quiet_now(), language="fr")
    # A name that stays lets the successor take over at once.
    own = {"HANDRAISE_INSTANCE": town.around.settings.instance}
    process = await started(town.around, "services.notifier_svc", free_ports(), **own)
    key = await town.ask()
    (said,) = await town.around.heard(key)
    assert isinstance(said.body, RecordNotification)
    assert said.body.channels == ("web",)
    (row,) = await town.rows(key, "email", "queued")
    assert row.next_attempt_at is not None
    assert row.next_attempt_at > utc_now() + timedelta(hours=1)
    await process.kill()
    await town.make_due()
    async with town.at_work():
        (text,) = await town.mails(1)
        await town.rows(key, "email", "sent")
    assert "Votre décision est demandée." in text


async def test_what_is_urgent_comes_through_and_what_is_decided_does_not_come_at_all(
    town: Town,
) -> None:
    await town.person("ada", quiet=quiet_now())
    async with town.at_work():
        waits = await town.ask()
        await town.rows(waits, "email", "queued")
        urgent = await town.ask(priority=URGENT)
        await town.rows(urgent, "email", "sent")
        await town.happens(waits, Cancelled(), state=State.CANCELLED)
        await town.rows(waits, "email", "withdrawn")
    assert len(town.sink.mails) == 1


async def test_who_wants_summaries_gets_one_mail_of_what_is_still_to_do(town: Town) -> None:
    await town.person("ada", digest=Digest.HOURLY)
    async with town.at_work():
        keys = [await town.ask(priority=LOW, title=f"Matter {n}") for n in range(3)]
        for key in keys:
            await town.rows(key, "email", "held")
        await town.happens(keys[1], Cancelled(), state=State.CANCELLED)
        await town.rows(keys[1], "email", "withdrawn")
        await town.make_due()
        (text,) = await town.mails(1)
        await town.rows(keys[0], "email", "sent")
        await town.rows(keys[2], "email", "sent")
    assert town.sink.mails[0]["Subject"] == "2 notices"
    assert ("Matter 0" in text, "Matter 1" in text, "Matter 2" in text) == (True, False, True)
    assert f"https://hands.example/requests/{keys[0]}" in text


async def test_beyond_so_many_in_ten_minutes_the_rest_come_in_one(town: Town) -> None:
    await town.person("ada", at_most=2)
    async with town.at_work():
        keys = [await town.ask(title=f"Matter {n}") for n in range(2)]
        await town.mails(2)
        keys += [await town.ask(title=f"Matter {n}") for n in range(2, 4)]
        for key in keys[2:]:
            await town.rows(key, "email", "held")
        await town.make_due()
        texts = await town.mails(3)
    assert ("Matter 2" in texts[2], "Matter 3" in texts[2]) == (True, True)


async def test_another_way_is_taken_when_the_first_fails(town: Town) -> None:
    await town.person("ada", phone=PHONE, channels={HIGH: ("sms",)}, fallback="email")
    town.twilio.refused[PHONE] = (400, 21610)
    async with town.at_work():
        key = await town.ask()
        await town.mails(1)
        (sms,) = await town.rows(key, "sms", "failed")
        await town.rows(key, "email", "sent")
        (said,) = await town.around.heard(key)
    assert sms.error == "21610: refused"
    assert isinstance(said.body, RecordNotification)
    assert (said.body.sent, said.body.channels) == (1, ("email",))


async def test_an_urgent_text_message_that_does_not_arrive_is_followed_by_a_mail(
    town: Town,
) -> None:
    wishes: Mapping[str, Any] = {"channels": {URGENT: ("sms",)}, "fallback": "email"}
    await town.person("ada", phone=PHONE, **wishes)
    async with town.at_work():
        arrives, lost = [await town.ask(priority=URGENT) for _ in range(2)]
        (first,) = await town.rows(arrives, "sms", "sent")
        (second,) = await town.rows(lost, "sms", "sent")
        assert first.provider_id is not None
        pool = town.around.pool
        assert await set_receipt(pool, "twilio", first.provider_id, Receipt.DELIVERED)
        await town.rows(arrives, "email", "withdrawn")
        # Only now is it as if ten minutes had gone by.
        await town.make_due("held")
        await town.mails(1)
        await town.rows(lost, "email", "sent")
    assert second.error is None
    assert [row.status for row in await town.told(arrives) if row.channel == "sms"] == ["delivered"]


async def test_receipts_only_ever_rise_whatever_their_order(town: Town) -> None:
    pool = town.around.pool
    async with town.at_work():
        key = await town.ask(routing=Routing(recipients=(Recipient(phone=PHONE),)))
        (row,) = await town.rows(key, "sms", "sent")
    assert row.provider_id is not None

    async def status() -> tuple[str, str | None]:
        (one,) = [one for one in await town.told(key) if one.channel == "sms"]
        return one.status, one.error

    assert await set_receipt(pool, "twilio", row.provider_id, Receipt.FAILED, "30003: off")
    assert await status() == ("failed", "30003: off")
    assert await set_receipt(pool, "twilio", row.id, Receipt.DELIVERED)
    for late in (Receipt.SENT, Receipt.FAILED, Receipt.DELIVERED):
        assert not await set_receipt(pool, "twilio", row.provider_id, late, "late")
    assert await status() == ("delivered", None)
    assert await set_clicked(pool, row.id)
    assert not await set_clicked(pool, row.id)
    assert not await set_receipt(pool, "twilio", row.provider_id, Receipt.DELIVERED)
    assert await status() == ("clicked", None)
    for provider, unknown in [
        ("smtp", row.provider_id),
        ("smtp", row.id),
        ("twilio", "SM\0"),
        ("twilio", ""),
        ("twilio", "x" * 5000),
        ("twilio", new_id()),
    ]:
        assert not await set_receipt(pool, provider, unknown, Receipt.CLICKED)
    assert not await set_clicked(pool, "nothing")


async def test_those_who_take_part_hear_of_comments_and_the_asker_of_the_answer(
    town: Town,
) -> None:
    asker = await town.person("asker")
    helper = await town.person("helper", quiet=quiet_now())
    kind = {
        "kind": "refund",
        "title": "Refund",
        "decisions": [{"name": "approve", "means": "approve"}],
        "deadline": {"after": "1h"},
        "notices": {"tell_requester": True, "words": {"en": {"lead": "Money goes back."}}},
    }
    await town.around.directory.kinds.put("acme", "refund", kind, "boss")
    question: dict[str, Any] = {
        "kind": "refund",
        "requester_id": asker,
        "context": json.dumps({"name": "Grace Hopper"}),
        "policy": policy(kind="refund", personal_fields=("/name",), candidates=Candidates()),
        "routing": Routing(channels=("web",)),
    }
    async with town.at_work():
        key = await town.ask(**question)
        comment = Commented(text="Is this Grace Hopper again?")
        await town.happens(key, comment)
        (text,) = await town.mails(1)
        assert "Is this ••• again?" in text
        answer = Received(response=response(), outcome=Outcome.ANSWERED)
        await town.happens(key, answer, version=3, state=State.RESPONDED, outcome=Outcome.ANSWERED)
        _, text = await town.mails(2)
        assert "approve: LGTM" in text
    assert town.sink.recipients == ["asker@example.org"] * 2
    notices, unread = await notices_for(town.around.pool, "acme", asker)
    assert [(one.why, one.done_at) for one in notices] == [("answered", None), ("commented", None)]
    assert unread == 2
    assert await notices_for(town.around.pool, "acme", helper) == ([], 0)


async def test_who_is_asked_finds_it_everywhere_and_sees_everywhere_how_it_ended(
    town: Town,
) -> None:
    ada = await town.person("ada")
    town.slack.user("UADA", "ada@example.org")
    await town.around.directory.slack_workspaces.put(
        Workspace(
            tenant="acme",
            team_id=TEAM,
            team_name="Hands",
            bot_user_id="U0BOT",
            bot_token=TOKEN,
            signing_secret=SIGNING_SECRET,
        ),
        "boss",
    )

    async def unread() -> int:
        return (await notices_for(town.around.pool, "acme", ada))[1]

    async def one_unread() -> bool:
        return await unread() == 1

    async def ended() -> bool:
        (message,) = town.slack.messages.values()
        return message.changes == 1 and await unread() == 0

    async with town.at_work():
        key = await town.ask(routing=Routing(channels=("email", "slack")))
        (text,) = await town.mails(1)
        await town.rows(key, "slack", "sent")
        await eventually(one_unread)
        (message,) = town.slack.messages.values()
        assert len(message.actions) > 1
        answer = Received(response=response(responder_id=ada), outcome=Outcome.ANSWERED)
        await town.happens(key, answer, state=State.RESPONDED, outcome=Outcome.ANSWERED)
        await eventually(ended)
    assert message.actions == ["open"]
    assert "Approve, by Ada" in message.words
    assert {row.channel for row in await town.told(key)} == {"email", "slack"}
    (token,) = [line.rpartition("/")[2] for line in text.splitlines() if "hands.example/a/" in line]
    link = await town.around.directory.answer_links.find(token)
    assert link is not None
    assert (link.person, link.request_id, link.revision) == (ada, key, 1)


async def test_what_one_person_has_now_asks_nothing_of_the_others_any_more(town: Town) -> None:
    ada, ben = await town.person("ada"), await town.person("ben")
    pool = town.around.pool

    async def both_are_asked() -> bool:
        return all([(await notices_for(pool, "acme", who))[1] for who in (ada, ben)])

    async def only_ada_is() -> bool:
        (_, adas), (notices, bens) = [await notices_for(pool, "acme", who) for who in (ada, ben)]
        return adas > 0 and bens == 0 and all(one.done_at for one in notices)

    async with town.at_work():
        key = await town.ask(routing=Routing(channels=("email", "web")))
        await eventually(both_are_asked)
        given = Assigned(assignee=Assignee(person=ada), claimed=False)
        await town.happens(key, given, state=State.ASSIGNED)
        await eventually(only_ada_is)


async def test_the_tenants_webhook_hears_of_what_presses_signed_and_masked(town: Town) -> None:
    tenants = town.around.directory.tenant_notices
    question: dict[str, Any] = {
        "title": "Refund Grace Hopper?",
        "context": json.dumps({"name": "Grace Hopper", "amount": 12}),
        "policy": policy(personal_fields=("/name",)),
        "routing": Routing(channels=("web",)),
    }
    async with receiving(answers("204 No Content")) as receiver:
        kept = await tenants.put("acme", receiver.url, {}, by="boss")
        async with town.at_work():
            calm = await town.ask(priority=LOW, **question)
            await town.around.heard(calm)
            key = await town.ask(priority=URGENT, **question)
            (came,) = await receiver.after(1)
            (row,) = await town.rows(key, "webhook", "sent")
    assert json.loads(came.body) == {
        "task_id": key,
        "type": "approval",
        "priority": "urgent",
        "detail": {
            "event": "requested",
            "title": "Refund •••?",
            "description": "Complaint #42 requires database schema changes",
            "principal_id": None,
            "deadline": "2030-01-16T10:30:00Z",
            "note": None,
            "url": f"https://hands.example/requests/{key}",
            "context": {"name": "•••", "amount": 12},
        },
    }
    assert came.headers["webhook-id"] == row.id
    assert is_signed(
        came.headers["webhook-signature"],
        [kept.webhook_secret],
        message_id=row.id,
        timestamp=int(came.headers["webhook-timestamp"]),
        body=came.body,
    )
    assert all(one.channel == "web" for one in await town.told(calm))


# apprise imports it when it loads its plugins.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_a_tenants_chats_are_told_where_the_request_names_the_channel(town: Town) -> None:
    tenants = town.around.directory.tenant_notices
    async with receiving(answers("200 OK")) as receiver:
        chats = {"ops": f"json://127.0.0.1:{receiver.port}/secret-path"}
        await tenants.put("acme", None, chats, by="boss")
        async with town.at_work():
            key = await town.ask(routing=Routing(channels=("chat", "webhook")))
            await receiver.after(1)
            (row,) = await town.rows(key, "chat", "sent")
            (missing,) = await town.rows(key, "webhook", "failed")
    assert row.recipient == "/ops"
    assert missing.error == "no webhook is set up for this tenant or kind"
    stored = await town.around.pool.fetch("SELECT * FROM directory.tenant_notices")
    assert all(b"secret-path" not in bytes(one["sealed"]) for one in stored)
