"""How people say over the API how they are told, and that it is kept, sealed and their own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from event_schemas.types import Priority
from kernel.clock import utc_now
from kernel.directory.directory import Directory
from kernel.directory.preferences import Preferences
from kernel.directory.principals import Role
from kernel.ids import new_id
from kernel.outbound.database import Database
from kernel.outbound.delivery import Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.notices import PageNotice, put_notices
from kernel.outbound.resolver import Reach
from kernel.secrets import Keyring
from services.notifier_svc.web_push import PushCarrier
from tests.support.front_door import Desk, House
from tests.support.push_service import Browser, origin_of, push_service, signer_of
from tests.unit.notifier.notices import message, to_tell
from tests.unit.outbound.receiver import answers

pytestmark = pytest.mark.asyncio(loop_scope="module")
MINE, PUSH, SEEN = "/api/v1/me/preferences", "/api/v1/me/push", "/api/v1/me/notices/seen"
NOTICES, TENANT = "/api/v1/me/notices", "/api/v1/notices"
CHAT = "discord://4174216298/very-secret-token"
WISHES: dict[str, Any] = {
    "language": "de",
    "time_zone": "Europe/Berlin",
    "channels": {"low": [], "urgent": ["sms", "push"]},
    "quiet": {"begin": "20:00", "end": "07:30"},
    "digest": "daily",
    "digest_at": "09:15",
    "at_most": 5,
    "fallback": "email",
    "fallback_minutes": 3,
    "phone": "+4930123456",
    "slack_user_id": "U123456",
    "chats": {"home": CHAT},
}


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        yield made


async def boss_of(desk: Desk) -> httpx.AsyncClient:
    house = desk.house
    return house.client(house.token(await house.person(desk.tenant, "boss", (Role.ADMIN,))))


async def test_who_said_nothing_is_told_as_usual(desk: Desk) -> None:
    found = (await desk.kim.get(MINE)).json()
    assert (found["language"], found["channels"], found["chats"]) == ("en", {}, [])


async def test_what_a_person_wishes_is_kept_and_nobody_elses(desk: Desk) -> None:
    kept = await desk.kim.put(MINE, json=WISHES)
    assert kept.status_code == 200, kept.text
    assert kept.json() == WISHES | {"chats": ["home"]}
    assert (await desk.kim.get(MINE)).json() == kept.json()
    assert (await desk.lou.get(MINE)).json()["language"] == "en"
    wishes = await desk.house.door.directory.preferences.get(desk.tenant, desk.people["kim"].id)
    assert isinstance(wishes, Preferences)
    assert wishes.channels == {Priority.LOW: (), Priority.URGENT: ("sms", "push")}


async def test_the_address_of_a_chat_is_sealed_and_stays_until_it_is_left_out(desk: Desk) -> None:
    kim, preferences = desk.people["kim"].id, desk.house.door.directory.preferences
    await desk.kim.put(MINE, json=WISHES)
    row = await desk.house.door.past.fetchrow(
        "SELECT * FROM directory.preferences WHERE person = $1", kim
    )
    assert CHAT not in str(row["settings"])
    assert CHAT.encode() not in row["chats"]
    await desk.kim.put(MINE, json={"chats": {"home": None}})
    assert await preferences.chat(desk.tenant, kim, "home") == CHAT
    gone = (await desk.kim.put(MINE, json={"chats": {"other": None}})).json()
    assert gone["chats"] == []
    assert await preferences.chat(desk.tenant, kim, "home") is None


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"time_zone": "../etc/passwd"}, "/time_zone"),
        ({"language": "tlh"}, "/language"),
        ({"channels": {"urgent": ["pigeon"]}}, "/channels/urgent/0"),
        ({"channels": {"some": []}}, "/channels/some"),
        ({"quiet": {"begin": "25:00", "end": "07:00"}}, "/quiet/begin"),
        ({"quiet": {"begin": "20:00"}}, "/quiet/end"),
        ({"at_most": 0}, "/at_most"),
        ({"phone": "030 123456"}, "/phone"),
        ({"slack_user_id": "#general"}, "/slack_user_id"),
        ({"chats": {"x": "json://127.0.0.1:5432/"}}, "/chats/x"),
        ({"chats": {"x": "discord://a/b?template=/etc/passwd"}}, "/chats/x"),
        ({"chats": {f"n{n}": CHAT for n in range(11)}}, "/chats"),
        ({"chats": {"a b": CHAT}}, "/chats/a b/[key]"),
        ({"digest_at": "8"}, "/digest_at"),
        ({"other": 1}, "/other"),
    ],
)
async def test_wishes_that_make_no_sense_are_refused_by_their_place(
    desk: Desk, wrong: dict[str, Any], place: str
) -> None:
    refused = await desk.kim.put(MINE, json=wrong)
    assert refused.status_code == 422
    assert place.partition("/[key]")[0] in {
        error["pointer"].partition("/[key]")[0] for error in refused.json()["errors"]
    }
    assert (await desk.kim.get(MINE)).json()["language"] == "en"


async def test_keys_have_no_wishes_and_change_none(desk: Desk) -> None:
    for method, address in [("GET", MINE), ("PUT", MINE), ("POST", PUSH), ("GET", NOTICES)]:
        refused = await desk.agent.request(method, address, json={})
        assert refused.status_code == 403


async def put_notice(desk: Desk, name: str, minutes: int = 0, **over: Any) -> str:
    key = new_id()
    plain = PageNotice(
        id=key,
        tenant=desk.tenant,
        person=desk.people[name].id,
        request_id=new_id(),
        why="asked",
        priority="high",
        title=f"Matter {minutes}",
        note=None,
        deadline=None,
        at=utc_now() - timedelta(minutes=minutes),
        **over,
    )
    await put_notices(Database(desk.house.door.past), [plain])
    return key


async def test_notices_are_read_newest_first_page_by_page_and_seen_one_by_one(desk: Desk) -> None:
    keys = [await put_notice(desk, "kim", minutes) for minutes in range(3)]
    await put_notice(desk, "kim", 9, done_at=utc_now())
    await put_notice(desk, "lou")
    first = (await desk.kim.get(NOTICES, params={"limit": 2})).json()
    rest = (await desk.kim.get(NOTICES, params={"cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]][:3] == keys
    assert (len(rest["items"]), rest["next_cursor"], first["unread"]) == (2, None, 3)
    assert first["items"][0]["url"].endswith(f"/requests/{first['items'][0]['request_id']}")
    assert (await desk.kim.post(SEEN, json={"ids": [keys[0]]})).json() == {"unread": 2}
    assert (await desk.lou.post(SEEN, json={"ids": [keys[1]]})).json() == {"unread": 1}
    assert (await desk.kim.get(NOTICES)).json()["unread"] == 2
    assert (await desk.kim.post(SEEN, json={})).json() == {"unread": 0}
    assert (await desk.lou.get(NOTICES)).json()["unread"] == 1


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"limit": 0}, {"limit": 201}])
async def test_pages_that_are_none_are_refused(desk: Desk, query: dict[str, Any]) -> None:
    assert (await desk.kim.get(NOTICES, params=query)).status_code == 422


async def test_an_admin_says_where_the_tenant_is_told(desk: Desk) -> None:
    wanted = {"webhook_url": "https://ops.example.org/raise", "chats": {"ops": CHAT}}
    async with await boss_of(desk) as boss:
        kept = (await boss.put(TENANT, json=wanted)).json()
        assert kept["webhook_secret"].startswith("whsec_")
        again = (await boss.put(TENANT, json={"chats": {"ops": None}})).json()
        assert again == kept | {"webhook_url": None}
        assert (await boss.get(TENANT)).json() == again
        bad = await boss.put(TENANT, json={"webhook_url": "ftp://ops.example.org"})
        assert bad.status_code == 422
    for client in (desk.kim, desk.lee, desk.agent):
        assert (await client.get(TENANT)).status_code == 403


@pytest_asyncio.fixture(loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with push_service() as made:
        yield made


def pusher(desk: Desk) -> PushCarrier:
    door = desk.house.door
    directory = Directory(door.past, Keyring.of(door.settings))
    return PushCarrier(Egress(Reach(loopback=True)), directory.push, "raise@example.org")


async def test_a_push_is_signed_by_us_and_read_by_that_browser_alone(
    desk: Desk, browser: Browser
) -> None:
    made = await desk.kim.post(PUSH, json=browser.subscription)
    assert made.json() == (await desk.kim.post(PUSH, json=browser.subscription)).json()
    result = await pusher(desk).carry(
        to_tell(message(), "push", made.json()["id"], tenant=desk.tenant)
    )
    assert (result.verdict, result.provider) == (Verdict.DELIVERED, "web_push")
    assert result.provider_id == "https://push.example/message/1"
    (came,) = browser.service.came
    assert browser.opened(came) == {
        "title": message().subject,
        "body": "2030-01-16 10:30 UTC",
        "url": message().link,
        "tag": message().request_id,
        "lang": "en",
    }
    assert message().title.encode() not in came.body
    key, claims = signer_of(came)
    assert key == (await desk.kim.get(PUSH)).json()["public_key"]
    assert claims["aud"] == origin_of(browser.subscription["endpoint"])
    assert claims["sub"] == "mailto:raise@example.org"
    assert 0 < claims["exp"] - utc_now().timestamp() <= 24 * 3600
    row = await desk.house.door.past.fetchrow("SELECT * FROM directory.push_subscriptions")
    assert browser.subscription["endpoint"].encode() not in row["sealed"]


@pytest.mark.parametrize("gone", ["404 Not Found", "410 Gone"])
async def test_a_browser_that_is_gone_is_forgotten(desk: Desk, browser: Browser, gone: str) -> None:
    browser.service.script = answers(gone)
    key = (await desk.kim.post(PUSH, json=browser.subscription)).json()["id"]
    push = Directory(desk.house.door.past, Keyring.of(desk.house.door.settings)).push
    delivery = to_tell(message(), "push", key, tenant=desk.tenant)
    assert (await pusher(desk).carry(delivery)).verdict is Verdict.GIVE_UP
    assert await push.get(desk.tenant, key) is None
    again = await pusher(desk).carry(delivery)
    assert (again.verdict, again.error) == (
        Verdict.GIVE_UP,
        "this browser is not subscribed any more",
    )
    assert len(browser.service.came) == 1


async def test_a_push_service_that_is_busy_is_tried_again(desk: Desk, browser: Browser) -> None:
    browser.service.script = answers("429 Slow", headers="Retry-After: 70\r\n")
    key = (await desk.kim.post(PUSH, json=browser.subscription)).json()["id"]
    result = await pusher(desk).carry(to_tell(message(), "push", key, tenant=desk.tenant))
    assert (result.verdict, result.retry_after_seconds) == (Verdict.RETRY, 70)


async def test_a_subscription_is_ended_by_its_person_only(desk: Desk, browser: Browser) -> None:
    push = Directory(desk.house.door.past, Keyring.of(desk.house.door.settings)).push
    key = (await desk.kim.post(PUSH, json=browser.subscription)).json()["id"]
    assert (await desk.lou.delete(f"{PUSH}/{key}")).status_code == 200
    assert await push.get(desk.tenant, key) is not None
    assert (await desk.kim.delete(f"{PUSH}/{key}")).json() == {"id": key}
    assert await push.get(desk.tenant, key) is None
    assert (await desk.kim.delete(f"{PUSH}/nonsense")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "file:///etc/passwd"},
        {"keys": {"p256dh": "AA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {"p256dh": "A" * 87, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {}},
        {"endpoint": "https://push.example/" + "x" * 3000},
    ],
)
async def test_what_is_no_subscription_is_refused(
    desk: Desk, browser: Browser, wrong: dict[str, Any]
) -> None:
    given = browser.subscription | wrong
    assert (await desk.kim.post(PUSH, json=given)).status_code == 422
