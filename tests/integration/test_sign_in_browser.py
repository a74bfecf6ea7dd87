"""The ways in, in a real browser: by an invitation and a password, and by an OpenID provider."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from api.identity.openid import CALLBACK, OpenId
from kernel.directory.principals import Role
from tests.support.browser import (
    DESK,
    PHONE,
    Chromium,
    barriers,
    chromium_running,
    screenshot,
    scrolls_sideways,
)
from tests.support.front_door import PASSWORD, House, front_door
from tests.support.oidc_provider import CLIENT_ID, CLIENT_SECRET, oidc_provider
from tests.support.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
TENANT = "corp"
ACCOUNTS = {"kim-at-corp": {"email": "kim@corp.test", "email_verified": True, "name": "Kim"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(kafka: str, module_database: str, module_topic_prefix: str) -> AsyncIterator[House]:
    async with front_door(kafka, module_database, module_topic_prefix) as made:
        await made.tenant(TENANT)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(house: House) -> AsyncIterator[Served]:
    """The front door on a socket, with a provider that knows it by its address there."""
    async with served(house) as server:
        with oidc_provider(server.url + CALLBACK, ACCOUNTS) as provider:
            settings = house.settings.model_copy(
                update={
                    "public_url": server.url,
                    "oidc_issuer": provider.issuer,
                    "oidc_client_id": CLIENT_ID,
                    "oidc_client_secret": CLIENT_SECRET,
                    "oidc_tenant": TENANT,
                    "oidc_name": "Corp ID",
                    "oidc_provision": True,
                }
            )
            door = replace(house.door, settings=settings, oidc=OpenId.of(settings))
            house.app.state.door = door
            yield server
            house.app.state.door = house.door


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with chromium_running() as made:
        yield made


@pytest.mark.parametrize(
    ("size", "name"), [(DESK, "desk"), (PHONE, "phone")], ids=["desk", "phone"]
)
async def test_who_is_invited_sets_a_password_and_signs_in_with_it(
    house: House, place: Served, chromium: Chromium, size: tuple[int, int], name: str
) -> None:
    ada = await house.person(TENANT, f"ada-{name}", (Role.ADMIN,))
    email = f"nia-{name}@corp.test"
    async with house.client(house.token(ada)) as admin:
        sent = await admin.post("/api/v1/invitations", json={"email": email})
    async with chromium.visitor(place.url, size=size) as page:
        await page.goto(sent.json()["link"])
        assert await barriers(page) == []
        assert not await scrolls_sideways(page)
        await screenshot(page, f"invitation-{name}")
        await page.get_by_label("Your name").fill("Nia")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_label("Password again").fill("not the same one")
        await page.get_by_role("button", name="Join").click()
        await page.get_by_role("alert").wait_for()
        assert await page.get_by_label("Your name").input_value() == "Nia"
        await screenshot(page, f"invitation-refused-{name}")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_label("Password again").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/sign-in")
        assert await barriers(page) == []
        assert not await scrolls_sideways(page)
        await screenshot(page, f"sign-in-{name}")
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(place.url + "/")
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url("**/sign-in")
        # The link is spent.
        await page.goto(sent.json()["link"])
        assert await page.get_by_label("Password").count() == 0


async def test_the_button_leads_to_the_provider_and_back_to_the_queue(
    place: Served, chromium: Chromium
) -> None:
    async with chromium.visitor(place.url) as page:
        await page.goto("/sign-in")
        await page.get_by_role("link", name="Sign in with Corp ID").click()
        await page.locator("input[name=login]").fill("kim-at-corp")
        await page.locator("input[name=password]").fill("any")
        await page.keyboard.press("Enter")
        await page.wait_for_url(place.url + "/")
        await page.get_by_role("button", name="Sign out").wait_for()
        cookies = {one.get("name"): one.get("httpOnly") for one in await page.context.cookies()}
        assert cookies["handraise_session"] is True
        assert "handraise_oidc" not in cookies
