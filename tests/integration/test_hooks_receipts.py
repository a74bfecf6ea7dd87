"""What providers say of messages: noted where it is genuine and news, harmless where it is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from standardwebhooks.webhooks import Webhook

from api.hooks.twilio import twilio_signature
from api.rest.documents.integrations import SlackDocument
from kernel.clock import utc_now
from kernel.directory.principals import Role
from kernel.ids import new_id
from tests.support.front_door import ORIGIN, Desk, House, front_door
from tests.support.slack import SIGNING_SECRET, TEAM, TOKEN, slack_stand_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
RESEND, BOUNCE = "whsec_" + "cmVzZW5k" * 4, "whsec_" + "Ym91bmNl" * 4
TWILIO_TOKEN = "token-of-the-account"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(kafka: str, module_database: str, module_topic_prefix: str) -> AsyncIterator[House]:
    async with (
        slack_stand_in() as slack,
        front_door(
            kafka,
            module_database,
            module_topic_prefix,
            slack_api_url=f"{slack.url}/api",
            sms_url=f"twilio://AC1:{TWILIO_TOKEN}@api.twilio.com?from=+4930123456",
            resend_webhook_secret=RESEND,
            bounce_webhook_secret=BOUNCE,
        ) as made,
    ):
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def outside(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


async def delivery(desk: Desk, provider: str | None, provider_id: str | None) -> str:
    """A notice that a provider took; its id."""
    key = new_id()
    await desk.house.door.past.execute(
        "INSERT INTO outbound.deliveries (id, service, tenant, request_id, event_id, event,"
        " channel, target, lane, payload, status, provider, provider_id)"
        " VALUES ($1, 'notifier_svc', $2, $3, 'e', 'requested', 'email', 'k', 'l', '',"
        " 'delivered', $4, $5)",
        key,
        desk.tenant,
        new_id(),
        provider,
        provider_id,
    )
    return key


async def known(desk: Desk, key: str) -> tuple[str | None, str | None]:
    """The receipt of a delivery, and its error."""
    row = await desk.house.door.past.fetchrow(
        "SELECT receipt, receipt_error FROM outbound.deliveries WHERE id = $1", key
    )
    return row["receipt"], row["receipt_error"]


async def by_twilio(
    outside: httpx.AsyncClient, query: str = "", token: str = TWILIO_TOKEN, **fields: str
) -> httpx.Response:
    address = f"/hooks/twilio{query}"
    signature = twilio_signature(token, ORIGIN + address, list(fields.items()))
    headers = {
        "X-Twilio-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return await outside.post(address, content=urlencode(fields), headers=headers)


async def by_json(
    outside: httpx.AsyncClient, place: str, said: dict[str, Any], secret: str, age_seconds: int = 0
) -> httpx.Response:
    body, at = orjson.dumps(said), utc_now() - timedelta(seconds=age_seconds)
    headers = {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }
    return await outside.post(f"/hooks/{place}", content=body, headers=headers)


def unknown_so_far() -> float:
    """How many receipts were about no message of ours."""
    labels = {"provider": "resend", "outcome": "unknown"}
    return REGISTRY.get_sample_value("handraise_hooks_total", labels) or 0


def resend(kind: str, email_id: str) -> dict[str, Any]:
    return {"type": f"email.{kind}", "data": {"email_id": email_id}}


async def test_twilio_says_that_a_message_arrived_or_why_not(
    desk: Desk, outside: httpx.AsyncClient
) -> None:
    came, lost = await delivery(desk, "twilio", "SM1"), await delivery(desk, "twilio", "SM2")
    await by_twilio(outside, MessageSid="SM1", MessageStatus="delivered", To="+4930")
    answer = await by_twilio(outside, MessageSid="SM2", MessageStatus="failed", ErrorCode="30003")
    assert answer.status_code == 204
    assert await known(desk, came) == ("delivered", None)
    assert await known(desk, lost) == ("failed", "30003")


async def test_what_twilio_says_before_our_attempt_was_written_down_counts_by_our_id(
    desk: Desk, outside: httpx.AsyncClient
) -> None:
    key = await delivery(desk, None, None)
    await by_twilio(outside, f"?delivery={key}", MessageSid="SM9", MessageStatus="sent")
    assert await known(desk, key) == ("sent", None)


async def test_resend_and_a_mail_server_say_what_became_of_a_mail(
    desk: Desk, outside: httpx.AsyncClient
) -> None:
    by_id, by_message = await delivery(desk, "resend", "e1"), await delivery(desk, "smtp", "q1")
    await by_json(outside, "resend", resend("delivered", "e1"), RESEND)
    bounced = {
        "action": "failed",
        "status": "5.1.1",
        "diagnostic_code": "smtp; 550 no such user",
        "message_id": f"<{by_message}@hands.example>",
    }
    await by_json(outside, "bounce", bounced, BOUNCE)
    assert await known(desk, by_id) == ("delivered", None)
    assert await known(desk, by_message) == ("failed", "5.1.1 smtp; 550 no such user")


async def test_receipts_in_any_order_and_number_come_to_the_same(
    desk: Desk, outside: httpx.AsyncClient
) -> None:
    for number, order in enumerate(permutations(("sent", "delivered", "bounced"))):
        key = await delivery(desk, "resend", f"order-{number}")
        for kind in (*order, *order):
            answer = await by_json(outside, "resend", resend(kind, f"order-{number}"), RESEND)
            assert answer.status_code == 204
        assert await known(desk, key) == ("delivered", None)


async def test_many_at_once_come_to_the_same(desk: Desk, outside: httpx.AsyncClient) -> None:
    key = await delivery(desk, "resend", "at-once")
    kinds = ("sent", "bounced", "delivered") * 10
    answers = await asyncio.gather(
        *(by_json(outside, "resend", resend(kind, "at-once"), RESEND) for kind in kinds)
    )
    assert {answer.status_code for answer in answers} == {204}
    assert await known(desk, key) == ("delivered", None)


async def test_what_is_about_no_message_of_ours_is_welcome_and_counted(
    desk: Desk, outside: httpx.AsyncClient
) -> None:
    before = unknown_so_far()
    for key in ("nobody's", "x" * 5000, "\u0000", new_id()):
        answer = await by_json(outside, "resend", resend("delivered", key), RESEND)
        assert answer.status_code in {204, 422}
    assert unknown_so_far() == before + 3
    assert (await by_json(outside, "resend", {"type": "email.opened"}, RESEND)).status_code == 204


Forged = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


@pytest.mark.parametrize(
    "forged",
    [
        lambda c, k: by_json(c, "resend", resend("delivered", k), BOUNCE),
        lambda c, k: by_json(c, "resend", resend("delivered", k), RESEND, 301),
        lambda c, k: by_json(c, "resend", resend("delivered", k), RESEND, -310),
        lambda c, k: by_json(c, "bounce", resend("delivered", k), RESEND),
        lambda c, k: c.post("/hooks/resend", json=resend("delivered", k)),
        lambda c, k: by_twilio(c, token="another", MessageSid=k, MessageStatus="delivered"),
        lambda c, k: c.post("/hooks/twilio", data={"MessageSid": k, "MessageStatus": "delivered"}),
    ],
)
async def test_what_is_forged_or_old_is_refused(
    desk: Desk, outside: httpx.AsyncClient, forged: Forged
) -> None:
    name = new_id()
    key = await delivery(desk, "resend", name)
    answer = await forged(outside, name)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert await known(desk, key) == (None, None)


async def test_a_place_for_nobody_and_a_body_for_nothing_are_refused(
    outside: httpx.AsyncClient,
) -> None:
    assert (await outside.post("/hooks/nobody", content=b"{}")).status_code == 404
    assert (await outside.get("/hooks/resend")).status_code == 405
    assert (await outside.post("/hooks/resend", content=b"x" * 70_000)).status_code == 413
    broken = await by_json(outside, "bounce", {}, BOUNCE)
    assert broken.status_code == 204


async def test_an_admin_connects_slack_and_sees_no_secret_again(desk: Desk, house: House) -> None:
    admin = await house.person(desk.tenant, "ada", (Role.ADMIN,))
    given = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET}
    path = "/api/v1/integrations/slack"
    async with house.client(house.token(admin)) as client:
        before = await client.get(path)
        refused = await client.put(path, json=given | {"bot_token": "xoxb-of-nobody"})
        made = await client.put(path, json=given)
        again = await client.get(path)
        SlackDocument.model_validate(made.json())
        assert before.json()["connected"] is False
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/bot_token")
        assert (made.json()["team_id"], made.json()["connected"]) == (TEAM, True)
        assert again.json() == made.json()
        assert TOKEN not in again.text
        assert SIGNING_SECRET not in again.text
        row = await house.door.past.fetchrow(
            "SELECT * FROM directory.slack_workspaces WHERE tenant = $1", desk.tenant
        )
        assert TOKEN.encode() not in row["bot_token"]
        assert (await client.delete(path)).json()["connected"] is False
        assert (await client.get(path)).json()["connected"] is False
    for other in (desk.kim, desk.lee, desk.agent):
        assert (await other.get(path)).status_code == 403
        assert (await other.put(path, json=given)).status_code == 403
