"""Reviewers at work in a real browser: reading, deciding, racing, and being told the outcome."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from kernel.directory.people import Person
from tests.support.browser import (
    PHONE,
    Chromium,
    barriers,
    chromium_running,
    screenshot,
    scrolls_sideways,
)
from tests.support.eventually import eventually
from tests.support.front_door import PASSWORD, Desk, House, front_door
from tests.support.pictures import png
from tests.support.questions import AGENT, command, opening
from tests.support.review_questions import DIFF, FORM, PLAIN, TEXT, VIEWS
from tests.support.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Office:
    """A served house with a browser, a desk of its own, and two reviewers who can sign in."""

    chromium: Chromium
    url: str
    desk: Desk
    rae: Person
    kim: Person

    async def open(self, question: dict[str, Any], **over: Any) -> str:
        """The id of this question, once it can be read."""
        asked = {"workflow_id": "wf-1", "checkpoint_id": "cp-1"} | question | over
        opened = await self.desk.agent.post("/api/v1/requests", json=asked)
        assert opened.status_code == 201, opened.text
        await self.read(opened.json()["id"])
        return opened.json()["id"]

    async def read(self, request_id: str, min_version: int = 0) -> dict[str, Any]:
        """A request as the agent reads it, once the view has this version."""

        async def found() -> dict[str, Any] | None:
            address = f"/api/v1/requests/{request_id}"
            read = await self.desk.agent.get(address, params={"min_version": min_version})
            return read.json() if read.status_code == 200 else None

        return await eventually(found)

    async def outcome(self, request_id: str) -> dict[str, Any]:
        """The answer as the agent reads it, which waits for it."""
        waited = await self.desk.agent.get(
            f"/api/v1/requests/{request_id}/wait", params={"timeout_seconds": 20}
        )
        assert waited.json()["done"], waited.text
        return waited.json()["response"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    kafka: str, module_database: str, module_topic_prefix: str
) -> AsyncIterator[Office]:
    async with (
        front_door(kafka, module_database, module_topic_prefix) as house,
        Desk.open(house) as desk,
        served(house) as server,
        chromium_running() as chromium,
    ):
        rae, joe = [await reviewer(house, desk, name) for name in ("rae", "joe")]
        yield Office(chromium, url_of(server), desk, rae, joe)


async def reviewer(house: House, desk: Desk, name: str) -> Person:
    return await house.door.directory.people.create(
        tenant=desk.tenant,
        email=f"{name}@{desk.tenant}.test",
        name=name.capitalize(),
        password=PASSWORD,
        roles=("reviewer",),
        teams=("creative_review",),
    )


def url_of(server: Served) -> str:
    return server.url


async def sign_in(page: Page, person: Person) -> None:
    await page.goto("/sign-in")
    await page.get_by_label("E-mail").fill(person.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(office: Office) -> AsyncIterator[Page]:
    """Rae's screen, on which most of this happens."""
    async with office.chromium.visitor(office.url) as visitor:
        await sign_in(visitor, office.rae)
        yield visitor


def press(page: Page, name: str) -> Any:
    return page.locator(".decide").get_by_role("button", name=name)


async def taken(page: Page) -> None:
    """Waits until the page that follows an answer is there: it would interrupt the next one."""
    await expect(page.locator("#notice")).to_contain_text("can't be undone")


async def test_approving_is_one_click_and_the_next_request_follows(
    office: Office, page: Page
) -> None:
    first, second = await office.open(PLAIN), await office.open(PLAIN, title="Deploy 1.5?")
    await page.goto(f"/requests/{first}")
    await press(page, "Approve").click()
    await taken(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Deploy 1.5?")
    assert page.url.split("?")[0].endswith(second)
    answer = await office.outcome(first)
    assert (answer["decision"], answer["channel"]) == ("approve", "web")
    assert answer["seen"]["proven"]
    assert "values" in answer["seen"]["opened"]
    await press(page, "Approve").click()


async def test_a_rejection_needs_a_comment_and_says_so_at_its_field(
    office: Office, page: Page
) -> None:
    request_id = await office.open(DIFF)
    await page.goto(f"/requests/{request_id}")
    await press(page, "Reject").click()
    await expect(page.locator("#comment-said")).to_have_text("Reject needs a comment.")
    await expect(page.locator("#comment")).to_be_focused()
    await page.keyboard.type("The limit is too high.")
    await press(page, "Reject").click()
    await taken(page)
    assert (await office.outcome(request_id))["comment"] == "The limit is too high."


async def test_changes_are_requested_and_come_back_as_a_revision_with_its_difference(
    office: Office, page: Page
) -> None:
    request_id = await office.open(DIFF, title="Raise the limit")
    await page.goto(f"/requests/{request_id}")
    await page.locator("#comment").fill("Keep the old limit, please.")
    await press(page, "Request changes").click()
    await page.wait_for_url(lambda url: "told=" in url)
    context = DIFF["context"] | {"branch": "partial-refunds-2"}
    revised = await office.desk.agent.post(
        f"/api/v1/requests/{request_id}/revise", json={"context": context, "note": "As before."}
    )
    await office.read(request_id, revised.json()["version"])
    await page.goto(f"/requests/{request_id}")
    revisions = page.locator("#revisions")
    await expect(revisions).to_contain_text("Asked for: Keep the old limit, please.")
    await expect(revisions.locator("ins").first).to_have_text("-2")
    await page.goto("/")


async def test_a_page_that_is_behind_is_shown_by_itself_when_it_has_come_up(
    office: Office, page: Page
) -> None:
    request_id = await office.open(PLAIN)
    version = (await office.read(request_id))["version"] + 1
    await page.goto(f"/requests/{request_id}?version={version}")
    await expect(page.locator("#message")).to_contain_text("tries again by itself")
    said = await office.desk.agent.post(
        f"/api/v1/requests/{request_id}/comment", json={"text": "One more thing"}
    )
    assert said.status_code == 200, said.text
    await expect(page.locator("#request")).to_be_visible()
    await office.desk.agent.post(f"/api/v1/requests/{request_id}/cancel")


async def test_two_who_claim_see_one_winner_and_a_clear_message(office: Office, page: Page) -> None:
    request_id = await office.open(DIFF, title="Who takes it?")
    async with office.chromium.visitor(office.url) as other:
        await sign_in(other, office.kim)
        for visitor in (page, other):
            await visitor.goto(f"/requests/{request_id}")
        await expect(page.locator("#lookers")).to_contain_text("Joe is looking too")
        # Both press what both still see: only the first press counts.
        form = other.locator("form[action$='/do/claim']")
        detached = await form.evaluate_handle("form => form")
        await page.keyboard.press("c")
        await expect(page.locator("#holding-heading")).to_have_text("With Rae")
        await detached.evaluate("form => { document.body.append(form); form.submit(); }")
        await expect(other.locator("#notice")).to_have_text(
            "That was not done. Rae holds this request."
        )
        await expect(other.locator(".decide")).to_contain_text("Rae holds this request")
        await screenshot(other, "request-claimed-by-another")


async def test_who_answers_second_keeps_what_was_typed_and_learns_who_was_first(
    office: Office, page: Page
) -> None:
    request_id = await office.open(PLAIN)
    await page.goto(f"/requests/{request_id}")
    await page.locator("#comment").fill("my own words")
    await office.desk.kim.post(
        f"/api/v1/requests/{request_id}/respond", json={"decision": "reject"}
    )
    await expect(page.locator("#moved")).to_contain_text("Kim was first: reject.")
    await expect(press(page, "Approve")).to_be_disabled()
    await expect(page.locator("#comment")).to_have_value("my own words")
    await screenshot(page, "request-answered-meanwhile")
    await page.get_by_role("link", name="Show it as it stands now").click()
    await expect(page.locator(".body")).to_contain_text("my own words")


async def test_a_request_that_is_withdrawn_closes_the_open_page(office: Office, page: Page) -> None:
    request_id = await office.open(PLAIN)
    await page.goto(f"/requests/{request_id}")
    await office.desk.agent.post(f"/api/v1/requests/{request_id}/cancel", json={})
    await expect(page.locator("#moved")).to_contain_text("withdrawn")
    await expect(press(page, "Approve")).to_be_disabled()


async def test_a_deadline_that_passes_closes_the_open_page_and_a_late_answer_is_told_so(
    office: Office, page: Page
) -> None:
    agent = replace(AGENT, tenant=office.desk.tenant)
    asked = command(opening(timeout_seconds=6), actor=agent)
    await office.desk.house.door.commands.ask(asked)
    await office.read(asked.request_id)
    await page.goto(f"/requests/{asked.request_id}")
    await page.locator("#comment").fill("nearly done")
    await expect(page.locator("#moved")).to_contain_text("The deadline has passed")
    await expect(press(page, "Approve")).to_be_disabled()
    await expect(page.locator("#comment")).to_have_value("nearly done")
    await screenshot(page, "request-expired")
    await press(page, "Approve").evaluate("button => { button.disabled = false; button.click(); }")
    await expect(page.locator("#notice")).to_contain_text("The deadline had passed.")
    await expect(page.locator(".body")).to_contain_text("nearly done")


async def test_by_keyboard_alone_one_reads_edits_and_answers(office: Office, page: Page) -> None:
    request_id = await office.open(TEXT)
    await page.goto(f"/requests/{request_id}")
    await page.keyboard.press(".")
    await expect(page.locator("#raw pre")).to_be_visible()
    await page.keyboard.press("e")
    await expect(page.locator("#edited")).to_be_focused()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type("Nearly ")
    await expect(page.locator("#preview ins")).to_have_text("Nearly ")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_contain_text("Approve and make the video")
    await screenshot(page, "request-keys")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await taken(page)
    answer = await office.outcome(request_id)
    assert answer["edited"]["script"].startswith("Nearly Every lighthouse")
    assert answer["patch"]


async def test_what_is_grave_is_approved_by_two_presses(office: Office, page: Page) -> None:
    request_id = await office.open(DIFF)
    await page.goto(f"/requests/{request_id}")
    await page.keyboard.press("a")
    await expect(press(page, "Confirm: Approve")).to_be_visible()
    assert (await office.read(request_id))["response"] is None
    await page.keyboard.press("a")
    await taken(page)
    assert (await office.outcome(request_id))["decision"] == "approve"


async def test_a_form_is_filled_in_without_scripts_and_loses_nothing(office: Office) -> None:
    request_id = await office.open(FORM)
    async with office.chromium.visitor(office.url, javascript=False) as page:
        await sign_in(page, office.rae)
        await page.goto(f"/requests/{request_id}")
        await page.get_by_label("Discount in percent").fill("forty")
        await page.locator("#comment").fill("as agreed")
        await page.get_by_role("button", name="Add another to Seats").click()
        rows = page.locator(".rows .row")
        await expect(rows).to_have_count(2)
        await rows.nth(1).get_by_label("Number").fill("12")
        await press(page, "Answer").click()
        await expect(page.get_by_label("Discount in percent")).to_be_focused()
        await expect(page.get_by_label("Discount in percent")).to_have_value("forty")
        await expect(page.locator(".fields")).to_contain_text("a whole number is expected")
        await expect(page.locator(".rows .row").get_by_label("Number")).to_have_value("12")
        await screenshot(page, "request-form-flaws", full=True)
        await page.get_by_label("Discount in percent").fill("10")
        await page.get_by_label("Name required").fill("Ada")
        await page.get_by_label("letter").check()
        await page.get_by_label("Yes").check()
        # Enter in a field answers nothing.
        await page.get_by_label("Name required").press("Enter")
        await expect(page.get_by_label("Name required")).to_have_value("Ada")
        assert (await office.read(request_id))["response"] is None
        await press(page, "Answer").click()
        assert (await office.outcome(request_id))["data"] == {
            "discount": 10,
            "renew": True,
            "contact": {"name": "Ada"},
            "seats": [{"number": 12}],
            "channels": ["letter"],
        }


async def test_an_empty_form_is_no_answer(office: Office, page: Page) -> None:
    form = {"type": "object", "properties": {"note": {"type": "string"}}}
    request_id = await office.open(
        PLAIN, form=form, decisions=[{"name": "answer", "means": "answer"}]
    )
    await page.goto(f"/requests/{request_id}")
    await press(page, "Answer").click()
    await expect(page.locator("#notice")).to_contain_text("The form is empty")
    assert (await office.read(request_id))["response"] is None


async def test_a_file_goes_along_with_an_answer(office: Office, page: Page) -> None:
    request_id = await office.open(PLAIN)
    await page.goto(f"/requests/{request_id}")
    await page.locator(".attach summary").click()
    file: Any = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"seen and signed"}
    await page.locator("#files").set_input_files(file)
    await press(page, "Approve").click()
    await taken(page)
    (attached,) = (await office.outcome(request_id))["attachments"]
    assert (attached["name"], attached["size_bytes"]) == ("notes.txt", 15)


async def test_a_shared_link_shows_how_it_stands_and_nothing_more(
    office: Office, page: Page
) -> None:
    request_id = await office.open(PLAIN)
    await page.goto(f"/requests/{request_id}")
    await page.get_by_text("Assign, extend, ask and more").click()
    await page.get_by_role("button", name="Make a link without content").click()
    link = await page.locator("#share-url").input_value()
    async with office.chromium.visitor(office.url) as stranger:
        await stranger.goto(link[link.index("/share/") :])
        await expect(stranger.locator("main")).to_contain_text(PLAIN["title"])
        shown = await stranger.locator("body").inner_text()
        assert "All checks are green" not in shown
        assert "1.4.0" not in shown
        assert "agents.review" not in shown
        assert not await barriers(stranger)
        await stranger.goto(link[link.index("/share/") :] + "x")
        await expect(stranger.locator("main")).to_contain_text("leads nowhere")


LOOKS: list[tuple[str, Literal["light", "dark"], tuple[int, int]]] = [
    ("light", "light", (1280, 800)),
    ("dark", "dark", (1280, 800)),
    ("phone", "light", PHONE),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(office: Office) -> dict[str, str]:
    """A question of every view; what fails or is to be looked at has a picture."""
    put = await office.desk.agent.post(
        "/api/v1/attachments",
        content=png(640, 400),
        params={"name": "screen.png"},
        headers={"content-type": "image/png"},
    )
    files = {"attachments": [put.json()["id"]]}
    over = {
        "failure": files,
        "media": files,
        "split": {"routing": {"people": [office.rae.id]}},
    }
    return {name: await office.open(VIEWS[name], **over.get(name, {})) for name in VIEWS}


@pytest.mark.parametrize(("name", "scheme", "size"), LOOKS)
async def test_every_view_can_be_read_by_everybody_with_the_decision_in_sight(
    office: Office,
    asked: dict[str, str],
    name: str,
    scheme: Literal["light", "dark"],
    size: tuple[int, int],
) -> None:
    async with office.chromium.visitor(office.url, size=size, scheme=scheme) as page:
        await sign_in(page, office.rae)
        for view, request_id in asked.items():
            await page.goto(f"/requests/{request_id}")
            await expect(page.locator(".decisions button").last).to_be_in_viewport(ratio=1)
            await expect(page.locator(".clock .left")).to_be_in_viewport(ratio=1)
            assert not await scrolls_sideways(page), view
            await screenshot(page, f"request-{view}-{name}")
            # What the bar covers at this moment can be scrolled to, so it is no barrier.
            await page.evaluate("document.querySelector('.decide').style.position = 'relative'")
            assert await barriers(page) == [], view
        pictures = page.locator(".picture img")
        await page.goto(f"/requests/{asked['media']}")
        await expect(pictures.first).to_be_visible()
        assert await pictures.first.evaluate("image => image.naturalWidth") == 640
