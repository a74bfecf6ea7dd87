"""The pages as a browser sees them: signing in, the queue, one request, and answering it."""

import asyncio
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.live.ear import Ear
from api.live.presence import CHANNEL, Presence
from api.web.assets import address_of
from kernel.directory.people import Person
from kernel.ids import new_id
from tests.support.eventually import eventually
from tests.support.front_door import ORIGIN, PASSWORD, Desk, House
from tests.support.pictures import png

pytestmark = pytest.mark.asyncio(loop_scope="module")
HERE = {"Origin": ORIGIN}
APPROVES = {"decision": "approve", "confirmed": "approve"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rae(desk: Desk) -> Person:
    return await desk.house.person(desk.tenant, "rae", password=PASSWORD)


@pytest_asyncio.fixture(loop_scope="module")
async def browser(house: House, rae: Person) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        await sign_in(client, rae)
        yield client


class Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("type") == "hidden":
            self.fields[found["name"] or ""] = found["value"] or ""


def hidden(page: httpx.Response) -> dict[str, str]:
    assert page.status_code == 200, page.text
    parser = Hidden()
    parser.feed(page.text)
    return parser.fields


async def sign_in(client: httpx.AsyncClient, person: Person, **fields: str) -> httpx.Response:
    form = hidden(await client.get("/sign-in", params={"next": fields.pop("next", "/")}))
    given = form | {"email": person.email, "password": PASSWORD} | fields
    return await client.post("/sign-in", data=given, headers=HERE)


async def answer(
    client: httpx.AsyncClient, request_id: str, decision: str, **fields: str
) -> httpx.Response:
    form = hidden(await client.get(f"/requests/{request_id}"))
    given = form | {"decision": decision, "comment": "", "confirmed": decision} | fields
    return await client.post(f"/requests/{request_id}/respond", data=given, headers=HERE)


async def test_who_is_not_signed_in_is_asked_to_and_comes_back(house: House, rae: Person) -> None:
    path = f"/requests/{new_id()}"
    async with house.client() as client:
        sent = await client.get(path)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/sign-in?next={path}")
        signed_in = await sign_in(client, rae, next=path)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, path)


@pytest.mark.parametrize("elsewhere", ["//evil.test", "https://evil.test", "/\\evil.test", "/api"])
async def test_signing_in_leads_nowhere_else(house: House, rae: Person, elsewhere: str) -> None:
    async with house.client() as client:
        signed_in = await sign_in(client, rae, next=elsewhere)
    assert signed_in.headers["location"] == "/"


async def test_the_session_is_a_cookie_that_no_script_and_no_other_site_uses(
    house: House, rae: Person
) -> None:
    async with house.client() as client:
        cookies = (await sign_in(client, rae)).headers["set-cookie"].lower()
        assert "httponly" in cookies
        assert "samesite=lax" in cookies
        token = client.cookies["handraise_session"]
    async with house.client(token) as client:
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_reviewer_gets_a_file_from_the_page_and_a_stranger_does_not(
    house: House, rae: Person, browser: httpx.AsyncClient
) -> None:
    async with house.client(await house.key(rae.tenant)) as agent:
        put = await agent.post(
            "/api/v1/attachments", content=b"words", headers={"content-type": "text/plain"}
        )
        file = put.json()["id"]
        asked = await agent.post("/api/v1/requests", json={"title": "?", "attachments": [file]})
        await agent.get(f"/api/v1/requests/{asked.json()['id']}")
    page = await browser.get(f"/requests/{asked.json()['id']}")
    assert f'href="/attachments/{file}"' in page.text
    got = await browser.get(f"/attachments/{file}")
    assert (got.content, got.headers["content-disposition"][:10]) == (b"words", "attachment")
    assert (await browser.get(f"/attachments/{new_id()}")).status_code == 404
    async with house.client() as nobody:
        assert (await nobody.get(f"/attachments/{file}")).status_code == 303


async def test_a_wrong_password_shows_the_form_again(house: House, rae: Person) -> None:
    async with house.client() as client:
        again = await sign_in(client, rae, password="not the password")
        assert again.status_code == 401
        assert rae.email in again.text
        assert (await client.get("/")).status_code == 303


async def test_the_queue_leads_to_the_request(browser: httpx.AsyncClient, desk: Desk) -> None:
    opened = await desk.ask(title="Is this <b>urgent</b>?", priority="urgent")
    await desk.read(opened["id"])
    queue = await browser.get("/")
    assert f'href="/requests/{opened["id"]}"' in queue.text
    assert "Is this &lt;b&gt;urgent&lt;/b&gt;?" in queue.text
    page = await browser.get(f"/requests/{opened['id']}")
    assert page.status_code == 200
    assert "Rae" in page.text


async def test_an_answer_is_given_by_form_and_shown(browser: httpx.AsyncClient, desk: Desk) -> None:
    opened = await desk.ask()
    taken = await answer(browser, opened["id"], "approve", comment="Looks\r\ngood")
    assert taken.status_code == 303, taken.text
    page = await browser.get(taken.headers["location"])
    assert "Your answer was taken." in page.text
    found = await desk.read(opened["id"], min_version=2)
    answered = await browser.get(f"/requests/{opened['id']}")
    assert 'name="decision"' not in answered.text
    assert "Looks\ngood" in answered.text
    assert found["response"]["comment"] == "Looks\ngood"
    assert found["response"]["channel"] == "web"


async def test_a_form_sent_twice_is_one_answer(browser: httpx.AsyncClient, desk: Desk) -> None:
    opened = await desk.ask()
    form = hidden(await browser.get(f"/requests/{opened['id']}")) | APPROVES
    path = f"/requests/{opened['id']}/respond"
    first = await browser.post(path, data=form, headers=HERE)
    again = await browser.post(path, data=form, headers=HERE)
    assert (first.status_code, again.status_code) == (303, 303)


async def test_who_comes_second_is_told_who_was_first(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    opened = await desk.ask()
    form = hidden(await browser.get(f"/requests/{opened['id']}"))
    await desk.kim.post(
        f"/api/v1/requests/{opened['id']}/respond", json={"decision": "reject", "comment": "no"}
    )
    late = await browser.post(
        f"/requests/{opened['id']}/respond",
        data=form | APPROVES | {"comment": "my words"},
        headers=HERE,
    )
    assert late.status_code == 409
    assert "Kim was first: reject" in late.text
    assert "my words" in late.text


async def test_a_question_that_changed_meanwhile_is_shown_anew_with_what_was_typed(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    opened = await desk.ask(type="code_review")
    form = hidden(await browser.get(f"/requests/{opened['id']}"))
    path = f"/api/v1/requests/{opened['id']}"
    await desk.kim.post(
        f"{path}/respond", json={"decision": "request_changes", "comment": "test it"}
    )
    await desk.agent.post(f"{path}/revise", json={"description": "Now with a test"})
    stale = await browser.post(
        f"/requests/{opened['id']}/respond",
        data=form | APPROVES | {"comment": "typed before"},
        headers=HERE,
    )
    assert stale.status_code == 409
    assert "has changed since you read it" in stale.text
    assert "Now with a test" in stale.text
    assert "typed before" in stale.text


async def test_data_that_misses_the_form_is_asked_for_again(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    form = {"type": "object", "properties": {"limit": {"type": "integer", "maximum": 9}}}
    opened = await desk.ask(form=form)
    wrong = await answer(browser, opened["id"], "approve", **{"data/limit": "10"})
    assert wrong.status_code == 422
    assert 'value="10"' in wrong.text
    good = await answer(browser, opened["id"], "approve", **{"data/limit": "7"})
    assert good.status_code == 303
    assert (await desk.read(opened["id"], min_version=2))["response"]["data"] == {"limit": 7}


async def test_what_was_shown_and_looked_at_goes_into_the_log(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    opened = await desk.ask()
    await answer(
        browser, opened["id"], "approve", parts_opened="values,json", in_view_ms="99999999"
    )
    seen = (await desk.read(opened["id"], min_version=2))["response"]["seen"]
    assert seen["proven"]
    assert seen["opened"] == ["values", "json"]
    assert seen["in_view_seconds"] < 60


async def test_what_is_grave_is_asked_twice(browser: httpx.AsyncClient, desk: Desk) -> None:
    opened = await desk.ask(context={"risk": {"level": "critical"}})
    once = await answer(browser, opened["id"], "approve", confirmed="", comment="sure")
    assert "once more to confirm" in once.text
    assert hidden(once)["confirmed"] == "approve"
    assert "sure" in once.text
    assert (await desk.read(opened["id"]))["response"] is None


async def redraw(client: httpx.AsyncClient, request_id: str, **fields: Any) -> httpx.Response:
    form = hidden(await client.get(f"/requests/{request_id}"))
    files = fields.pop("files", None)
    path = f"/requests/{request_id}/draft"
    return await client.post(path, data=form | fields, files=files, headers=HERE)


async def test_a_file_that_was_put_in_stays_while_the_form_is_drawn_anew(
    browser: httpx.AsyncClient, desk: Desk
) -> None:
    opened = await desk.ask()
    drawn = await redraw(
        browser,
        opened["id"],
        do="",
        comment="still here",
        files={"files": ("notes.txt", b"words", "text/plain")},
    )
    kept = [name for name in hidden(drawn) if name.startswith("file/")]
    assert len(kept) == 1
    assert "still here" in drawn.text
    taken = await browser.post(
        f"/requests/{opened['id']}/respond", data=hidden(drawn) | APPROVES, headers=HERE
    )
    assert taken.status_code == 303, taken.text
    (file,) = (await desk.read(opened["id"], min_version=2))["response"]["attachments"]
    assert (file["id"], file["name"]) == (kept[0].removeprefix("file/"), "notes.txt")


@pytest.mark.parametrize(
    "file",
    [
        ("evil.exe", b"MZ", "application/x-msdownload"),
        ("no.png", b"<script>", "image/png"),
        ("empty.txt", b"", "text/plain"),
        ("big.txt", b"a" * (10 * 1024 * 1024 + 1), "text/plain"),
    ],
    ids=["type", "disguise", "empty", "size"],
)
async def test_a_file_that_is_not_taken_costs_nothing_else(
    browser: httpx.AsyncClient, desk: Desk, file: tuple[str, bytes, str]
) -> None:
    opened = await desk.ask()
    drawn = await redraw(browser, opened["id"], do="", comment="kept", files={"files": file})
    assert drawn.status_code in {413, 415, 422}
    assert "A file could not be put in" in drawn.text
    assert "kept" in drawn.text


async def test_a_picture_is_shown_as_such_and_nothing_else_is(
    house: House, rae: Person, browser: httpx.AsyncClient
) -> None:
    async with house.client(await house.key(rae.tenant)) as agent:
        ids = []
        for content, kind in ((png(4, 4), "image/png"), (b"<b>", "text/plain")):
            put = await agent.post(
                "/api/v1/attachments", content=content, headers={"content-type": kind}
            )
            ids.append(put.json()["id"])
    shown = await browser.get(f"/attachments/{ids[0]}/picture")
    assert shown.headers["content-disposition"] == "inline"
    assert shown.headers["content-type"] == "image/png"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await browser.get(f"/attachments/{ids[1]}/picture")).status_code == 404


async def do(
    client: httpx.AsyncClient, request_id: str, word: str, **fields: str
) -> httpx.Response:
    form = hidden(await client.get(f"/requests/{request_id}"))
    given = {"csrf": form["csrf"], "attempt": new_id()} | fields
    return await client.post(f"/requests/{request_id}/do/{word}", data=given, headers=HERE)


async def test_a_request_is_taken_moved_spoken_about_and_given_back(
    browser: httpx.AsyncClient, desk: Desk, rae: Person
) -> None:
    opened = await desk.ask()
    await desk.read(opened["id"])
    steps = (
        ("claim", {}),
        ("start", {}),
        ("extend", {"minutes": "2880"}),
        ("reprioritise", {"priority": "urgent"}),
        ("comment", {"text": "Which account?"}),
        ("release", {}),
        ("assign", {"person": rae.id}),
    )
    for word, fields in steps:
        done = await do(browser, opened["id"], word, **fields)
        assert done.status_code == 303, (word, done.text)
        assert "Done." in (await browser.get(done.headers["location"])).text
    found = await desk.read(opened["id"])
    assert found["assigned_to"]["person"] == rae.id
    assert found["priority"] == "urgent"
    page = (await browser.get(f"/requests/{opened['id']}")).text
    assert "Which account?" in page
    assert "With Rae" in page


@pytest.mark.parametrize(
    ("word", "fields", "status"),
    [
        ("extend", {"minutes": "²"}, 422),
        ("extend", {"minutes": "-5"}, 422),
        ("reprioritise", {"priority": "now"}, 422),
        ("comment", {"text": "  "}, 422),
        ("assign", {"person": ""}, 422),
        ("cancel", {}, 404),
        ("explode", {}, 404),
    ],
)
async def test_what_makes_no_sense_is_told_and_not_done(
    browser: httpx.AsyncClient, desk: Desk, word: str, fields: dict[str, str], status: int
) -> None:
    opened = await desk.ask()
    await desk.read(opened["id"])
    assert (await do(browser, opened["id"], word, **fields)).status_code == status
    assert (await desk.read(opened["id"]))["version"] == 1


async def test_two_api_processes_agree_on_who_is_looking(
    house: House, browser: httpx.AsyncClient, desk: Desk, rae: Person
) -> None:
    opened = await desk.ask()
    await desk.read(opened["id"])
    form = hidden(await browser.get(f"/requests/{opened['id']}"))
    other = Presence()
    ear = Ear(house.settings.pg_dsn, {CHANNEL: other.hear}, other.tidy)
    listening = asyncio.create_task(ear.run())

    async def known() -> bool:
        told = {"csrf": form["csrf"], "version": "0", "revision": "1"}
        await browser.post(f"/requests/{opened['id']}/looking", data=told, headers=HERE)
        return other.lookers(rae.tenant, opened["id"]) == (rae.id,)

    try:
        await eventually(known)
    finally:
        listening.cancel()
    assert house.door.presence.lookers(rae.tenant, opened["id"]) == (rae.id,)
    assert house.door.presence.lookers("another", opened["id"]) == ()


def without(name: str) -> Any:
    return lambda form, headers: (
        {k: v for k, v in form.items() if k != name},
        {k: v for k, v in headers.items() if k != name},
    )


@pytest.mark.parametrize(
    "forged",
    [
        without("csrf"),
        without("Origin"),
        lambda form, headers: (form | {"csrf": "0" * 64}, headers),
        lambda form, headers: (form, {"Origin": "https://evil.test"}),
        lambda form, headers: (form, {"Origin": "null"}),
        lambda form, headers: (form, {"Origin": ORIGIN + ".evil.test"}),
    ],
)
async def test_a_form_from_elsewhere_changes_nothing(
    browser: httpx.AsyncClient, desk: Desk, forged: Any
) -> None:
    opened = await desk.ask()
    form = hidden(await browser.get(f"/requests/{opened['id']}")) | {"decision": "approve"}
    data, headers = forged(form, HERE)
    path = f"/requests/{opened['id']}/respond"
    assert (await browser.post(path, data=data, headers=headers)).status_code == 403
    text = await browser.post(path, content="{}", headers=HERE | {"Content-Type": "text/plain"})
    assert text.status_code == 415
    assert (await desk.read(opened["id"]))["version"] == 1


async def test_signing_out_ends_the_session_for_good(house: House, rae: Person) -> None:
    async with house.client() as client:
        await sign_in(client, rae)
        form = hidden(await client.get("/"))
        token = client.cookies["handraise_session"]
        assert (await client.post("/sign-out", data=form, headers=HERE)).status_code == 303
        assert (await client.get("/")).status_code == 303
        client.cookies.set("handraise_session", token)
        assert (await client.get("/")).status_code == 303


async def test_pages_let_nothing_in_from_outside(browser: httpx.AsyncClient, desk: Desk) -> None:
    opened = await desk.ask()
    await desk.read(opened["id"])
    page = await browser.get(f"/requests/{opened['id']}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    style = await browser.get(address_of("tokens.css"))
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    elsewhere = await browser.get("/static/0000/tokens.css")
    assert elsewhere.headers["cache-control"] == "no-store"
    assert (await browser.get("/static/0000/..%2fsession.py")).status_code == 404


async def test_another_tenants_page_is_like_one_that_never_was(
    browser: httpx.AsyncClient, house: House
) -> None:
    async with Desk.open(house) as stranger:
        opened = await stranger.ask()
        await stranger.read(opened["id"])
        pages: list[str] = []
        for one in (opened["id"], new_id()):
            text = (await browser.get(f"/requests/{one}")).text.replace(one, "ID")
            # Each page says to the browser what the time is here.
            pages.append(re.sub(r'(name="handraise-now" content=)"[^"]+"', r"\1", text))
    assert pages[0] == pages[1]
    assert "There is no request" in pages[0]


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nothing-here", "text/html,*/*", "text/html; charset=utf-8"),
        ("/nothing-here", "*/*", "application/problem+json"),
        ("/api/v1/nothing", "text/html,*/*", "application/problem+json"),
        ("/hooks/nothing/here", "text/html", "application/problem+json"),
    ],
)
async def test_an_address_that_is_none_is_told_to_people_and_programs_each_in_their_way(
    house: House, path: str, accept: str, kind: str
) -> None:
    async with house.client(Accept=accept) as client:
        missed = await client.get(path)
    assert (missed.status_code, missed.headers["content-type"]) == (404, kind)
