"""Settings and admin pages in a real browser: people let in, keys made and ended, faults mended."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from api.app import PAGES
from event_schemas.types import DeadLetter
from kernel.codec import encode
from kernel.directory.person import Person
from kernel.directory.principals import Auth, Role
from kernel.directory.tokens import SESSION
from kernel.kafka import producer, topic_name
from kernel.outbound.delivery import Standing
from kernel.outbound.redriving import CALLBACK_SERVICE
from kernel.outbound.store import Database, DeliveryStore
from kernel.topics import DEAD_LETTERS
from tests.support.browser import PHONE, barriers, screenshot, scrolls_sideways
from tests.support.eventually import eventually
from tests.support.front_door import PASSWORD, SEED
from tests.support.queue_desk import Counter
from tests.unit.outbound.deliveries import delivery

pytestmark = pytest.mark.asyncio(loop_scope="module")
RECEIVER = "https://agents.example/resume"
HOSTILE = "Refund\u202e\u200b <script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def counter(counter: Counter) -> Counter:
    sign_in(counter, counter.reviewer)
    return counter


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(counter: Counter) -> Person:
    desk, directory = counter.desk, counter.desk.house.door.directory
    await directory.tenants.create_team(tenant=desk.tenant, name="payments", title="Payments")
    roles = (Role.ADMIN, Role.OPERATOR)
    return sign_in(counter, await desk.house.person(desk.tenant, "ada", roles))


def sign_in(counter: Counter, person: Person) -> Person:
    """The person, whose browsers are signed in from now on."""
    principal = person.principal(Auth.SESSION)
    token = counter.desk.house.door.directory.sign_ins.issue(
        principal, audience=SESSION, seconds=600
    )
    cookie = {"name": "handraise_session", "value": token, "url": counter.served.url}
    counter.cookies[person.id] = [cookie]
    return person


async def given_up(counter: Counter, **over: Any) -> str:
    """A callback of the tenant that was given up."""
    tenant = counter.desk.tenant
    made = delivery(tenant=tenant, target=RECEIVER, **over).settled(Standing.FAILED, "503: busy")
    database = Database(counter.desk.house.door.past)
    await DeliveryStore(database, CALLBACK_SERVICE, "w1").insert([made], [])
    await database.execute(
        "INSERT INTO outbound.attempts (delivery_id, number, started_at, duration_ms, status_code,"
        " error, response) VALUES ($1::text::uuid, 1, now(), 41, 503, '503: busy', $2)",
        made.id,
        "<b>try later</b>",
    )
    return made.id


async def buried(counter: Counter, *letters: tuple[str, bytes]) -> None:
    """Dead letters, by their causes and what they held."""
    settings = counter.desk.house.settings
    sender = await producer(settings)
    for number, (cause, value) in enumerate(letters):
        letter = DeadLetter(
            origin_topic="human.input.asks",
            origin_partition=0,
            origin_offset=number,
            key=b"ask-1",
            value=value,
            cause=cause,
            detail=HOSTILE,
            code_version="1.0",
            at=datetime(2026, 1, 5, 9, number, tzinfo=UTC),
        )
        topic = topic_name(settings, DEAD_LETTERS)
        await sender.send_and_wait(topic, encode(letter), partition=number % settings.partitions)
    await sender.stop()


async def test_an_admin_lets_somebody_in_who_then_signs_in(counter: Counter, admin: Person) -> None:
    async with counter.visitor(admin, "/admin/invitations") as page:
        await page.fill("#f-email", "not an address")
        await page.fill("#f-name", "Nia New")
        await page.check("input[name='team.payments']")
        await page.click("text=Send the invitation")
        await expect(page.locator("#e-email")).to_contain_text("e-mail address is expected")
        await expect(page.locator("#f-name")).to_have_value("Nia New")
        await expect(page.locator("input[name='team.payments']")).to_be_checked()
        await page.fill("#f-email", "nia@example.test")
        await page.fill("#f-roles", "reviewer:approval:acme")
        await page.click("text=Send the invitation")
        link = await page.input_value("#once")
        await screenshot(page, "admin-invited")
        async with counter.chromium.visitor(counter.served.url) as other:
            await other.goto("/invitations/" + link.rpartition("/")[2])
            for name in ("password", "again"):
                await other.fill(f"input[name={name}]", PASSWORD)
            await other.click("button.primary")
            await other.wait_for_url("**/sign-in")
            await other.goto("/sign-in?next=/settings")
            await other.fill("input[name=email]", "nia@example.test")
            await other.fill("input[name=password]", PASSWORD)
            await other.click("button.primary")
            await expect(other.locator(".who-name")).to_have_text("Nia New")
            assert (await other.goto("/admin/people")).status == 403  # type: ignore[union-attr]
            await page.goto("/admin/people?q=NIA@")
            await page.click("text=Nia New")
            await expect(page.locator(".words")).to_contain_text(
                "answers questions, only of the kind approval about acme"
            )
            await page.click("text=Deactivate…")
            await expect(page.locator(".sure")).to_contain_text("They have taken no request")
            await page.click("button.means-reject")
            await expect(page.locator("h1")).to_contain_text("deactivated")

            async def is_out() -> bool:
                await other.goto("/settings")
                return "/sign-in" in other.url

            await eventually(is_out)


async def test_who_leaves_is_told_what_goes_back(counter: Counter, admin: Person) -> None:
    held = await counter.ask(title="Held by Lou")
    await counter.desk.lou.post(f"/api/v1/requests/{held}/claim", json={})
    await counter.desk.read(held, min_version=2)
    lou = counter.desk.people["lou"]
    async with counter.visitor(admin, f"/admin/people/{lou.id}/leave") as page:
        await expect(page.locator(".sure")).to_contain_text("1 request that they took goes back")
        await screenshot(page, "admin-leave")


async def test_a_key_works_until_it_is_revoked(counter: Counter, admin: Person) -> None:
    house = counter.desk.house
    async with counter.visitor(admin, "/admin/keys") as page:
        await page.fill("#f-owner", "a b")
        await page.click("text=Make the key")
        await expect(page.locator("#e-owner")).to_be_visible()
        await expect(page.locator("#f-owner")).to_have_value("a b")
        await page.fill("#f-owner", "agents.new")
        await page.click("text=Make the key")
        bearer = await page.input_value("#bearer")
        assert (await page.input_value("#signing")).startswith("whsec_")
        await screenshot(page, "admin-key-once")
        async with house.client(bearer) as agent:
            assert (await agent.post("/api/v1/requests", json=SEED)).status_code == 201
            await page.goto("/admin/keys")
            assert bearer not in await page.content()
            await page.click(f"[aria-label='Revoke the key {bearer.split('_')[1]}']")
            await page.click("button.means-reject")
            await expect(page.locator(".notice.good")).to_contain_text("Revoked")
            assert (await agent.post("/api/v1/requests", json=SEED)).status_code == 401


async def test_the_editor_shows_a_flaw_at_its_line_and_then_the_preview(
    counter: Counter, admin: Person
) -> None:
    async with counter.visitor(admin, "/admin/kinds/approval") as page:
        text = await page.input_value("#text")
        await page.fill("#text", text.replace("priority: medium", "priority: middling"))
        line = text[: text.index("priority: medium")].count("\n") + 1
        await expect(page.locator(f"#problems [data-line='{line}']")).to_be_visible()
        await expect(page.locator("#problems")).to_contain_text("medium")
        await screenshot(page, "admin-kind-flaw")
        await page.fill("#text", text.replace("title: Approval", "title: May we pay?"))
        await expect(page.locator("#preview")).to_contain_text("May we pay?")
        await expect(page.locator("#preview")).to_contain_text("After 12 h: team lead is told")
        await page.click("text=Save")
        await expect(page.locator(".notice.good")).to_contain_text("Saved")
        await screenshot(page, "admin-kind")


async def test_of_two_who_change_a_kind_the_second_sees_what_the_first_did(
    counter: Counter, admin: Person
) -> None:
    async with (
        counter.visitor(admin, "/admin/kinds/decision") as first,
        counter.visitor(admin, "/admin/kinds/decision") as second,
    ):
        text = await first.input_value("#text")
        for page, title in ((first, "title: Mine"), (second, "title: Yours")):
            await page.fill("#text", text.replace("title: Decision", title))
            await page.click("button.primary")
        await expect(second.locator(".notice.bad:visible")).to_contain_text(
            "somebody else has changed"
        )
        await expect(second.locator("table.diff").first).to_contain_text("title: Mine")
        assert "title: Yours" in await second.input_value("#text")
        await screenshot(second, "admin-kind-stale")
        await second.click("button.primary")
        await expect(second.locator(".notice.good")).to_contain_text("Saved")


async def test_callbacks_that_were_given_up_are_looked_into_and_sent_again(
    counter: Counter, admin: Person
) -> None:
    one = await given_up(counter)
    for _ in range(2):
        await given_up(counter)
    async with counter.visitor(admin, "/admin/deliveries") as page:
        await screenshot(page, "admin-deliveries")
        await page.click(f"a[href='/admin/deliveries/{one}']")
        await expect(page.locator(".attempt")).to_contain_text("41 ms")
        await page.click("text=What it answered")
        await expect(page.locator(".attempt")).to_contain_text("<b>try later</b>")
        await screenshot(page, "admin-delivery")
        await page.click("text=Send it again")
        await expect(page.locator(".head .tag")).to_have_text("being tried")
        await page.goto(f"/admin/deliveries?target={RECEIVER}")
        await page.click("text=Send all 2 again…")
        await expect(page.locator("h1")).to_have_text("Send 2 callbacks again?")
        await page.click("button.primary")
        await expect(page.locator(".notice.good")).to_contain_text("2 callbacks are sent again")
        await expect(page.locator(".empty")).to_contain_text("All is well")


async def test_dead_letters_say_why_and_what_to_do_and_hide_nothing_that_hides(
    counter: Counter, admin: Person
) -> None:
    secret = b'{"callback_secret": "quiet please", "title": "Older"}'
    await buried(counter, ("Invalid", secret), ("Unreadable", b"\x00\x01newest"))
    async with counter.visitor(admin, "/admin/dead-letters") as page:
        cards = page.locator("article")
        await expect(cards.nth(0)).to_contain_text("Unreadable")
        await expect(cards.nth(0)).to_contain_text("U+202E")
        await expect(cards.nth(1)).to_contain_text("Tell them what the detail says")
        await cards.nth(1).locator("summary").click()
        await expect(cards.nth(1)).to_contain_text("Older")
        assert "quiet please" not in await page.content()
        await screenshot(page, "admin-dead-letters")


async def test_settings_are_kept_also_without_scripts_and_nothing_typed_is_lost(
    counter: Counter,
) -> None:
    async with counter.visitor(path="/settings", javascript=False) as page:
        await page.check("input[name='channels.urgent.sms']")
        await page.fill("#f-phone", "030 12")
        await page.fill("[id='f-quiet.begin']", "22:00")
        await page.click("text=Save how I am told")
        await expect(page.locator("[id='e-quiet.end']")).to_be_visible()
        await page.fill("[id='f-quiet.end']", "06:30")
        await page.click("text=Save how I am told")
        await expect(page.locator("#e-phone")).to_be_visible()
        await expect(page.locator("#f-phone")).to_have_value("030 12")
        await screenshot(page, "settings-flaw")
        await page.fill("#f-phone", "+49301234567")
        await page.click("text=Save how I am told")
        await expect(page.locator(".notice.good")).to_contain_text("Saved")
        await expect(page.locator("input[name='channels.urgent.sms']")).to_be_checked()
        await page.fill("#f-begins_at", "2099-07-01T08:00")
        await page.fill("#f-ends_at", "2099-07-14T18:00")
        await page.fill("#f-substitute", "nobody@example.test")
        await page.click("#away button.primary")
        await expect(page.locator("#e-substitute")).to_contain_text("nobody here")
        await expect(page.locator("#f-begins_at")).to_have_value("2099-07-01T08:00")
        await page.fill("#f-substitute", counter.lead.email)
        await page.click("#away button.primary")
        await expect(page.locator("#f-substitute")).to_have_value(counter.lead.email)


async def test_a_new_password_needs_the_old_one_and_ends_the_session(counter: Counter) -> None:
    house = counter.desk.house
    pat = sign_in(counter, await house.person(counter.desk.tenant, "pat", password=PASSWORD))
    async with counter.visitor(pat, "/settings") as page:
        for old, message in (("wrong", "not the password of now"), (PASSWORD, "")):
            await page.fill("#f-password", old)
            await page.fill("#f-new_password", "another good long password")
            await page.fill("#f-again", "another good long password")
            await page.click("text=Change my password")
            if message:
                await expect(page.locator("#e-password")).to_contain_text(message)
        await page.wait_for_url("**/sign-in**")


async def test_the_worker_of_this_browser_may_see_to_the_whole_site(counter: Counter) -> None:
    async with counter.visitor(path="/settings") as page:
        begun = "navigator.serviceWorker.register('/push-worker.js').then((made) => made.scope)"
        assert await page.evaluate(begun) == f"{counter.served.url}/"


async def test_no_form_is_taken_without_its_token_and_none_from_others(
    counter: Counter, admin: Person
) -> None:
    forms = [
        route.path.replace("{person_id}", admin.id)
        for module in PAGES
        for route in module.PAGES
        if "POST" in (route.methods or ()) and route.path.startswith(("/admin", "/settings"))
    ]
    assert len(forms) > 15
    for person, csrf in ((admin, "0" * 64), (counter.reviewer, "")):
        (cookie,) = counter.cookies[person.id]
        async with httpx.AsyncClient(
            base_url=counter.served.url,
            cookies={cookie["name"]: cookie["value"]},
            headers={"Origin": counter.served.url},
        ) as browser:
            taken = {path: await browser.post(path, data={"csrf": csrf}) for path in forms}
        assert {path for path, told in taken.items() if told.status_code != 403} == set()


ALL = (
    "/settings",
    "/admin/people",
    "/admin/people/{me}",
    "/admin/people/{me}/leave",
    "/admin/invitations",
    "/admin/teams",
    "/admin/keys",
    "/admin/kinds",
    "/admin/kinds/code_review",
    "/admin/new-kind",
    "/admin/deliveries",
    "/admin/redrive",
    "/admin/dead-letters",
    "/admin/audit",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nobody_is_kept_out_of_these_pages(
    counter: Counter, admin: Person, scheme: str
) -> None:
    async with counter.visitor(admin, "/settings", scheme=scheme) as page:
        for path in ALL:
            await page.goto(path.format(me=admin.id))
            assert await barriers(page) == [], path


async def test_they_fit_a_phone(counter: Counter, admin: Person) -> None:
    async with counter.visitor(admin, "/settings", size=PHONE) as page:
        for path in ALL:
            await page.goto(path.format(me=admin.id))
            assert not await scrolls_sideways(page), path
            name = path.replace("/", "-").replace("{me}", "me")
            await screenshot(page, f"phone{name}", full=True)
