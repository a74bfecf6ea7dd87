"""Pages in a browser while something behind them is away for a moment: nothing on them is lost."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.queue_desk import Counter

pytestmark = pytest.mark.asyncio(loop_scope="module")
AWAY = "<!doctype html><main id='main'><h1>A part that is needed is away</h1></main>"


async def away(page: Page, addresses: str) -> None:
    """The next call to one of these addresses is told that a part is away."""

    async def tell(route: Route) -> None:
        await route.fulfill(status=503, content_type="text/html", body=AWAY)

    await page.route(addresses, tell, times=1)


async def test_what_was_typed_is_there_again_until_the_answer_was_taken(counter: Counter) -> None:
    request_id = await counter.ask(title="Paint it blue?", context={"colour": "blue"})
    async with counter.visitor(path=f"/requests/{request_id}") as page:
        await page.locator("#comment").fill("many words of mine")
        await away(page, "**/respond")
        approve = page.locator(".decide").get_by_role("button", name="Approve")
        await approve.click()
        await expect(page.locator("h1")).to_have_text("A part that is needed is away")
        await page.goto(f"/requests/{request_id}")
        await expect(page.locator("#comment")).to_have_value("many words of mine")
        await approve.click()
        await expect(page.locator("#notice")).to_contain_text("Your answer was taken")
        assert await page.evaluate("Object.keys(sessionStorage)") == []


async def test_a_list_stays_where_a_part_of_it_can_not_be_fetched(counter: Counter) -> None:
    await counter.ask(title="Still here?")
    async with counter.visitor() as page:
        row = page.locator(".row", has_text="Still here?")
        await expect(row).to_be_visible()
        await away(page, "**/?*")
        await page.get_by_role("link", name="Unassigned").click()
        await expect(page.locator("#trouble")).to_contain_text("Try again in a moment")
        await expect(row).to_be_visible()
        await page.get_by_role("link", name="Decided").click()
        await expect(page.locator("#trouble")).to_be_hidden()
        await expect(row).to_have_count(0)
