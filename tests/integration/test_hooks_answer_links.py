"""Answering by a link in a message: looking changes nothing, one person's POST decides, once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
import pytest_asyncio

from kernel.clock import utc_now
from kernel.directory.answer_links import AnswerLink, answer_url
from kernel.directory.principals import Role
from kernel.directory.slack_people import SlackUser
from kernel.ids import new_id
from tests.support.front_door import ORIGIN, PASSWORD, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
HERE = {"Origin": ORIGIN}
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
SCANNERS: list[dict[str, str]] = [
    {},
    {"User-Agent": "Mozilla/5.0 (compatible; Microsoft SafeLinks)"},
    {"Sec-Purpose": "prefetch"} | BROWSER,
    {"X-Moz": "prefetch"} | BROWSER,
    BROWSER | {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    BROWSER | {"X-HTTP-Method-Override": "POST"},
]


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(**BROWSER) as client:
        yield client


async def link(desk: Desk, opened: dict[str, Any], who: str = "kim", **over: Any) -> str:
    """The path of a person's link to a request, as a message to them has it."""
    made = AnswerLink(
        tenant=desk.tenant,
        person=desk.people[who].id,
        request_id=opened["id"],
        revision=1,
        delivery_id=new_id(),
        expires_at=utc_now() + timedelta(hours=1),
    )
    token = await desk.house.door.directory.answer_links.make(replace(made, **over))
    return answer_url(ORIGIN, token).removeprefix(ORIGIN)


class Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("type") == "hidden":
            self.fields[found["name"] or ""] = found["value"] or ""
        if tag == "button" and found.get("name") == "decision":
            self.buttons.append(found["value"] or "")


def read(page: httpx.Response) -> Hidden:
    parser = Hidden()
    parser.feed(page.text)
    return parser


async def pressed(
    browser: httpx.AsyncClient, path: str, decision: str, comment: str = ""
) -> httpx.Response:
    """What comes of pressing a decision on the page: the question whether they are sure."""
    fields = read(await browser.get(path)).fields
    given = fields | {"decision": decision, "comment": comment}
    return await browser.post(path, data=given, headers=HERE)


async def decided(
    browser: httpx.AsyncClient, path: str, decision: str, comment: str = ""
) -> httpx.Response:
    """What comes of pressing it and saying that they are sure."""
    sure = await pressed(browser, path, decision, comment)
    return await browser.post(path, data=read(sure).fields | {"sure": "yes"}, headers=HERE)


async def test_a_thousand_looks_change_nothing_and_then_a_post_decides_once(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    opened = await desk.ask(title="Drop the <b>table</b>?")
    path = await link(desk, opened)
    before = await desk.read(opened["id"])

    async def look(number: int) -> int:
        method = "HEAD" if number % 2 else "GET"
        headers = SCANNERS[number % len(SCANNERS)]
        async with desk.house.client(**headers) as scanner:
            return (await scanner.request(method, path)).status_code

    for begin in range(0, 1000, 25):
        statuses = await asyncio.gather(*map(look, range(begin, begin + 25)))
        # A machine that is short of breath may say so; it still changes nothing.
        assert set(statuses) <= {200, 503}
    assert await desk.read(opened["id"]) == before

    page = await browser.get(path)
    assert "Drop the &lt;b&gt;table&lt;/b&gt;?" in page.text
    assert "You answer as Kim" in page.text
    sure = await pressed(browser, path, "approve", "Looks\r\ngood")
    assert "Yes: Approve" in sure.text
    assert await desk.read(opened["id"]) == before

    taken = await browser.post(path, data=read(sure).fields | {"sure": "yes"}, headers=HERE)
    assert (taken.status_code, taken.headers["location"]) == (303, path)
    found = await desk.read(opened["id"], min_version=before["version"] + 1)
    assert found["responded_by"] == desk.people["kim"].id
    assert (found["response"]["comment"], found["response"]["channel"]) == ("Looks\ngood", "email")

    again = await browser.post(path, data=read(sure).fields | {"sure": "yes"}, headers=HERE)
    assert "Kim decided: approve." in again.text
    assert (await desk.read(opened["id"]))["version"] >= found["version"]
    history = await desk.agent.get(f"/api/v1/requests/{opened['id']}/history")
    events = [entry["event"] for entry in history.json()["items"]]
    assert events.count("Received") == 1


async def test_what_is_sent_twice_at_once_is_one_answer(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    opened = await desk.ask()
    path = await link(desk, opened)
    sure = read(await pressed(browser, path, "approve")).fields | {"sure": "yes"}
    answers = await asyncio.gather(
        *(
            browser.post(path, data=sure | {"decision": d}, headers=HERE)
            for d in ("approve", "reject")
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 303, 410, 422, 409}
    history = await desk.agent.get(f"/api/v1/requests/{opened['id']}/history")
    events = [entry["event"] for entry in history.json()["items"]]
    assert events.count("Received") == 1


async def test_what_is_in_a_link_that_was_shown_is_kept_with_the_answer(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    opened = await desk.ask()
    await decided(browser, await link(desk, opened), "approve")
    history = await desk.agent.get(f"/api/v1/requests/{opened['id']}/history")
    (entry,) = [e for e in history.json()["items"] if e["event"] == "Received"]
    assert entry["data"]["response"]["seen"]["proven"] is True


async def test_the_same_delivery_has_the_same_link_and_another_has_its_own(desk: Desk) -> None:
    opened, key = await desk.ask(), new_id()
    expires_at = utc_now() + timedelta(hours=1)
    same = [await link(desk, opened, delivery_id=key, expires_at=expires_at) for _ in range(2)]
    assert same[0] == same[1]
    others = {
        await link(desk, opened, delivery_id=new_id()),
        await link(desk, opened, "lou", delivery_id=key),
        await link(desk, opened, delivery_id=key, revision=2),
    }
    assert len({same[0], *others}) == 4
    rows = await desk.house.door.past.fetch("SELECT token_hash FROM directory.answer_links")
    token = same[0].removeprefix("/a/").encode()
    assert all(token not in row["token_hash"] for row in rows)


async def test_who_comes_second_is_told_who_decided(desk: Desk, browser: httpx.AsyncClient) -> None:
    opened = await desk.ask()
    kims, lous = await link(desk, opened), await link(desk, opened, "lou")
    sure = read(await pressed(browser, lous, "reject", "no")).fields | {"sure": "yes"}
    await decided(browser, kims, "approve")
    late = await browser.post(lous, data=sure, headers=HERE)
    assert late.status_code in {409, 410}
    assert "Kim" in late.text
    assert "approve" in late.text


async def test_a_comment_that_is_needed_is_asked_for_and_then_taken(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    decisions = [
        {"name": "approve", "means": "approve"},
        {"name": "reject", "means": "reject", "needs_comment": True},
    ]
    opened = await desk.ask(decisions=decisions)
    path = await link(desk, opened)
    lacking = await pressed(browser, path, "reject")
    assert lacking.status_code == 422
    assert "Reject needs a comment" in lacking.text
    assert (await decided(browser, path, "reject", "Not before Monday")).status_code == 303


async def test_decisions_that_need_a_form_are_left_to_the_page(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    form = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    opened = await desk.ask(form=form)
    path = await link(desk, opened)
    page = read(await browser.get(path))
    assert "approve" not in page.buttons
    assert "reject" in page.buttons
    assert (await decided(browser, path, "reject")).status_code == 303


@pytest.mark.parametrize(
    ("over", "status", "words"),
    [
        ({"expires_at": utc_now() - timedelta(seconds=1)}, 410, "has expired"),
        ({"revision": 2}, 409, "question has changed"),
    ],
)
async def test_a_link_that_is_good_no_more_says_so_and_decides_nothing(
    desk: Desk, browser: httpx.AsyncClient, over: dict[str, Any], status: int, words: str
) -> None:
    opened = await desk.ask()
    good, bad = await link(desk, opened), await link(desk, opened, **over)
    sure = read(await pressed(browser, good, "approve")).fields | {"sure": "yes"}
    page = await browser.get(bad)
    assert (page.status_code, words in page.text) == (status, True)
    assert f"/requests/{opened['id']}" in page.text
    # The form of one link is no good for another.
    assert (await browser.post(bad, data=sure, headers=HERE)).status_code == 403
    assert (await desk.read(opened["id"]))["outcome"] is None


async def test_a_withdrawn_request_says_so(desk: Desk, browser: httpx.AsyncClient) -> None:
    opened = await desk.ask()
    path = await link(desk, opened)
    await desk.agent.post(f"/api/v1/requests/{opened['id']}/cancel")
    await desk.read(opened["id"], min_version=2)
    page = await browser.get(path)
    assert (page.status_code, "is closed" in page.text) == (410, True)


async def test_a_person_who_left_or_lost_the_role_decides_nothing(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    people = desk.house.door.directory.people
    opened = await desk.ask()
    kims, lous = await link(desk, opened), await link(desk, opened, "lou")
    sure = read(await pressed(browser, lous, "approve")).fields | {"sure": "yes"}
    await people.change(desk.tenant, desk.people["kim"].id, is_active=False)
    await people.change(desk.tenant, desk.people["lou"].id, roles=(Role.ANALYST,))
    gone = await browser.get(kims)
    assert (gone.status_code, "not for you any more" in gone.text) == (403, True)
    page = await browser.get(lous)
    assert "roles do not let you decide" in page.text
    assert read(page).buttons == []
    assert (await browser.post(lous, data=sure, headers=HERE)).status_code == 403
    assert (await desk.read(opened["id"]))["outcome"] is None


async def test_what_takes_a_sign_in_is_not_decided_by_a_link(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    opened = await desk.ask(type="compliance_review")
    page = await browser.get(await link(desk, opened))
    assert page.status_code == 403
    assert "needs you to sign in" in page.text


async def test_a_form_from_elsewhere_or_without_its_token_decides_nothing(
    desk: Desk, browser: httpx.AsyncClient
) -> None:
    opened = await desk.ask()
    path = await link(desk, opened)
    sure = read(await pressed(browser, path, "approve")).fields | {"sure": "yes"}
    for data, headers in (
        (sure, {"Origin": "https://evil.test"}),
        (sure, {}),
        (sure | {"csrf": ""}, HERE),
        ({"decision": "approve", "sure": "yes"}, HERE),
    ):
        assert (await browser.post(path, data=data, headers=headers)).status_code == 403
    assert (await desk.read(opened["id"]))["outcome"] is None


@pytest.mark.parametrize(
    "token",
    ["x", "A" * 43 + ".nobody", "A" * 43, "../requests", "A" * 4000, "%00", "A" * 42 + "ü.acme"],
)
async def test_a_token_that_nobody_made_leads_nowhere(
    browser: httpx.AsyncClient, token: str
) -> None:
    assert (await browser.get(f"/a/{token}")).status_code == 404


async def test_only_a_person_counts_as_a_click(desk: Desk, browser: httpx.AsyncClient) -> None:
    opened, key = await desk.ask(), new_id()
    path = await link(desk, opened, delivery_id=key)
    pool = desk.house.door.past
    await pool.execute(
        "INSERT INTO outbound.deliveries (id, service, tenant, request_id, event_id, event,"
        " channel, target, lane, payload, status)"
        " VALUES ($1, 'notifier_svc', $2, $3, 'e', 'requested', 'email', 'k', 'l', '',"
        " 'delivered')",
        key,
        desk.tenant,
        opened["id"],
    )

    async def receipt() -> str | None:
        return await pool.fetchval("SELECT receipt FROM outbound.deliveries WHERE id = $1", key)

    for headers in SCANNERS[:-1]:
        async with desk.house.client(**headers) as scanner:
            await scanner.get(path)
            await scanner.head(path)
    await browser.head(path)
    assert await receipt() is None
    await browser.get(path)
    assert await receipt() == "clicked"


async def test_a_person_who_is_signed_in_says_who_they_are_in_slack(desk: Desk) -> None:
    house, slack_people = desk.house, desk.house.door.directory.slack_people
    rae = await house.person(desk.tenant, "rae", password=PASSWORD)
    user = SlackUser(tenant=desk.tenant, team_id="T0HAND", user_id="URAE")
    path = f"/slack/{slack_people.offer(user)}"
    async with house.client() as client:
        asked = await client.get(path)
        assert asked.headers["location"] == f"/sign-in?next={path}"
        form = read(await client.get(asked.headers["location"])).fields
        given = form | {"email": rae.email, "password": PASSWORD}
        signed_in = await client.post("/sign-in", data=given, headers=HERE)
        assert signed_in.headers["location"] == path
        page = await client.get(path)
        assert "Is this you in Slack?" in page.text
        assert await slack_people.person_of(user) is None
        fields = {"csrf": read(page).fields["csrf"]}
        linked = await client.post(path, data=fields, headers=HERE)
        assert "You can answer from Slack now" in linked.text
        altered = path[:-1] + ("A" if path[-1] != "A" else "B")
        assert (await client.get(altered)).status_code == 404
    assert await slack_people.person_of(user) == rae.id
