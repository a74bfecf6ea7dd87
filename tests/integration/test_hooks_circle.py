"""The whole way out and back: a question told by Slack and by mail, answered from there."""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from kernel.mail_server import mail_server
from kernel.outbound.host import EventService
from kernel.secrets import Keyring
from services.notifier_svc.mail import letterhead
from services.notifier_svc.planning import SERVICE
from services.notifier_svc.wiring import build
from tests.integration.test_hooks_answer_links import BROWSER, decided
from tests.integration.test_hooks_slack import connect, kim, lou, send
from tests.support.eventually import eventually
from tests.support.front_door import ORIGIN, Desk, House, front_door
from tests.support.parts import running
from tests.support.slack import Message, SlackStandIn, slack_stand_in
from tests.unit.outbound.mail_sink import MailSink, mail_sink

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_stand_in() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    kafka: str,
    module_database: str,
    module_topic_prefix: str,
    slack: SlackStandIn,
    sink: MailSink,
) -> AsyncIterator[House]:
    """A front door with the notifier beside it."""
    url = f"{slack.url}/api"
    async with front_door(
        kafka, module_database, module_topic_prefix, slack_api_url=url, smtp_url=sink.url
    ) as made:
        settings = made.settings
        make = partial(
            build,
            head=letterhead(settings.mail_from, settings.public_url),
            server=mail_server(settings.smtp_url),
            keyring=Keyring.of(settings),
        )
        service = EventService(settings, SERVICE, make)
        async with running([service], service.readiness):
            yield made


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House, slack: SlackStandIn) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        slack.user(kim(made), made.people["kim"].email)
        slack.user(lou(made), made.people["lou"].email)
        await connect(made)
        yield made


async def asked(desk: Desk, **fields: Any) -> dict[str, Any]:
    """A question that the view has, too: what is pressed before that is to be pressed again."""
    opened = await desk.ask(**fields)
    await desk.read(opened["id"])
    return opened


async def shown(slack: SlackStandIn, words: str, *, times: int = 1) -> list[Message]:
    """The messages that say this, once there are so many."""

    async def look() -> list[Message]:
        found = [one for one in slack.messages.values() if words in one.words]
        return found if len(found) >= times else []

    return await eventually(look)


async def test_a_question_is_claimed_decided_and_shown_as_decided_in_slack(
    desk: Desk, slack: SlackStandIn
) -> None:
    hostile = "Drop <!channel> & <https://evil.test|tables>?"
    recipients = [{"slack_channel": "C0REVIEW"}, {"slack_user_id": lou(desk)}]
    opened = await asked(
        desk, title=hostile, routing={"channels": ["slack"], "recipients": recipients}
    )
    in_channel, to_lou = sorted(
        await shown(slack, opened["id"], times=2), key=lambda one: one.channel
    )
    assert (in_channel.channel, to_lou.channel[:1]) == ("C0REVIEW", "D")
    assert in_channel.actions[0] == "claim"
    assert "*Risk*\\nhigh" in in_channel.words

    await send(desk, slack.pressed(in_channel, "claim", kim(desk)))

    async def taken_everywhere() -> bool:
        return all("claim" not in one.actions for one in (in_channel, to_lou))

    await eventually(taken_everywhere)
    await send(desk, slack.pressed(to_lou, "decide:1", lou(desk)))
    lous = slack.views[-1]
    await send(desk, slack.pressed(in_channel, "decide:0", kim(desk)))
    refused = await send(desk, slack.submitted(lous, lou(desk), "mine"))
    assert "Kim holds this request." in str(refused.json())

    done = await send(desk, slack.submitted(slack.views[-1], kim(desk), "Fine"))
    assert done.content == b""

    async def shows_the_winner() -> bool:
        return all("Kim" in one.words and one.actions == ["open"] for one in (in_channel, to_lou))

    await eventually(shows_the_winner)
    assert "approve" in in_channel.words.lower()
    late = await send(desk, slack.submitted(lous, lou(desk), "later"))
    assert "Kim was first: approve" in str(late.json())


async def test_a_request_that_was_withdrawn_has_nothing_left_to_press(
    desk: Desk, slack: SlackStandIn
) -> None:
    recipients = [{"slack_channel": "C0REVIEW"}]
    opened = await asked(desk, routing={"channels": ["slack"], "recipients": recipients})
    (message,) = await shown(slack, opened["id"])
    await desk.agent.post(f"/api/v1/requests/{opened['id']}/cancel")

    async def nothing_left() -> bool:
        return message.actions == ["open"]

    await eventually(nothing_left)


async def test_a_message_on_its_way_when_its_request_ends_is_changed_when_it_has_arrived(
    desk: Desk, slack: SlackStandIn
) -> None:
    recipients = [{"slack_channel": "C0REVIEW"}]
    with slack.held("chat.postMessage"):
        opened = await asked(desk, routing={"channels": ["slack"], "recipients": recipients})
        (message,) = await shown(slack, opened["id"])
        await desk.agent.post(f"/api/v1/requests/{opened['id']}/cancel")
        await amendments(desk, opened["id"], "pending")
        assert "claim" in message.actions

    async def nothing_left() -> bool:
        return message.actions == ["open"]

    await eventually(nothing_left, within_seconds=60)


async def test_what_is_given_back_can_be_claimed_in_slack_again(
    desk: Desk, slack: SlackStandIn
) -> None:
    recipients = [{"slack_channel": "C0REVIEW"}]
    opened = await asked(desk, routing={"channels": ["slack"], "recipients": recipients})
    (message,) = await shown(slack, opened["id"])

    async def may_be_claimed() -> bool:
        return "claim" in message.actions

    async def is_taken() -> bool:
        return not await may_be_claimed() and "Kim" in message.words

    claimed = await desk.kim.post(f"/api/v1/requests/{opened['id']}/claim")
    assert claimed.status_code == 200, claimed.text
    await eventually(is_taken)
    await desk.kim.post(f"/api/v1/requests/{opened['id']}/release")
    await eventually(may_be_claimed)


async def test_a_change_that_comes_late_does_not_undo_a_later_one(
    desk: Desk, slack: SlackStandIn
) -> None:
    recipients = [{"slack_channel": "C0REVIEW"}]
    opened = await asked(desk, routing={"channels": ["slack"], "recipients": recipients})
    (message,) = await shown(slack, opened["id"])
    slack.fail("chat.update", {"ok": False, "error": "ratelimited"}, 429, **{"retry-after": "3"})
    await desk.kim.post(f"/api/v1/requests/{opened['id']}/claim")
    await amendments(desk, opened["id"], "pending", attempts=1)
    await desk.kim.post(f"/api/v1/requests/{opened['id']}/respond", json={"decision": "approve"})
    await amendments(desk, opened["id"], "delivered")
    await amendments(desk, opened["id"], "failed")
    assert message.actions == ["open"]
    assert "Kim" in message.words


async def amendments(desk: Desk, request_id: str, status: str, *, attempts: int = 0) -> None:
    """Waits until a change of the request's messages stands so."""

    async def look() -> bool:
        return await desk.house.door.past.fetchval(
            "SELECT EXISTS (SELECT 1 FROM outbound.deliveries WHERE request_id = $1"
            " AND event = 'amendment' AND status = $2 AND attempts >= $3)",
            request_id,
            status,
            attempts,
        )

    await eventually(look)


async def test_a_mail_holds_a_link_by_which_its_reader_answers(desk: Desk, sink: MailSink) -> None:
    address = desk.people["kim"].email
    opened = await asked(desk, routing={"channels": ["email"], "recipients": [{"email": address}]})

    async def mailed() -> str | None:
        for mail in sink.mails:
            body = mail.get_body(("plain",))
            if mail["X-Handraise-Request"] == opened["id"] and body is not None:
                return body.get_content()
        return None

    text = await eventually(mailed)
    assert text is not None
    (link,) = set(re.findall(rf"{ORIGIN}(/a/[A-Za-z0-9_.-]+)", text))
    async with desk.house.client(**BROWSER) as browser:
        await browser.get(link)
        assert (await decided(browser, link, "approve")).status_code == 303

        async def is_told() -> bool:
            return "Kim decided: approve." in (await browser.get(link)).text

        await eventually(is_told)
    found = await desk.read(opened["id"])
    assert found["response"]["channel"] == "email"
    told = await desk.kim.get(f"/api/v1/requests/{opened['id']}/notifications")
    assert "clicked" in {one["status"] for one in told.json()["items"]}
