"""The pages behind a link in a message, in a real browser: on a phone and on a desk."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.test_hooks_answer_links import link
from tests.support.browser import (
    DESK,
    PHONE,
    Chromium,
    barriers,
    chromium_running,
    screenshot,
    scrolls_sideways,
)
from tests.support.eventually import eventually
from tests.support.front_door import Desk, House
from tests.support.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with chromium_running() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(house: House) -> AsyncIterator[Served]:
    async with served(house) as made:
        yield made


Screen = tuple[str, tuple[int, int], bool]


@pytest.mark.parametrize("screen", [("phone", PHONE, False), ("desk", DESK, True)])
async def test_a_person_answers_by_a_link_and_the_link_is_spent(
    server: Served, house: House, chromium: Chromium, screen: Screen
) -> None:
    name, size, javascript = screen
    async with (
        Desk.open(house) as desk,
        chromium.visitor(server.url, size=size, javascript=javascript) as page,
    ):
        opened = await desk.ask()
        path = await link(desk, opened)
        await page.goto(path)
        await screenshot(page, f"answer-link-{name}", full=True)
        seen = [await barriers(page)] if javascript else []
        assert not await scrolls_sideways(page) if javascript else True
        await page.get_by_label("Comment").fill("Looks good to me")
        await page.get_by_role("button", name="Approve").click()
        await screenshot(page, f"answer-link-sure-{name}")
        seen += [await barriers(page)] if javascript else []
        await page.get_by_role("button", name="Yes: Approve").click()
        await page.get_by_role("heading", name="Your answer").wait_for()

        async def told() -> bool:
            # Also where what came of it was not known at once.
            await page.goto(path)
            return await page.get_by_text("Kim decided: approve.").is_visible()

        await eventually(told)
        await screenshot(page, f"answer-link-spent-{name}")
        seen += [await barriers(page)] if javascript else []
        assert not any(seen), seen
        found = await desk.read(opened["id"], min_version=2)
    assert found["response"]["comment"] == "Looks good to me"
