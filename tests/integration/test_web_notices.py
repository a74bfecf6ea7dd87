"""Notices in a real browser: the count in the bar comes by itself, and goes when they are read."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from kernel.clock import utc_now
from kernel.directory.people import Person
from kernel.ids import new_id
from kernel.outbound.database import Database
from kernel.outbound.notices import PageNotice, end_notices, put_notices
from kernel.postgres import connect
from tests.support.browser import PHONE, barriers, screenshot, scrolls_sideways
from tests.support.queue_desk import Counter

pytestmark = pytest.mark.asyncio(loop_scope="module")
BELL = "nav a[href='/notices'] .count"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def notifier(counter: Counter, module_database: str) -> AsyncIterator[Database]:
    """The rows as notifier_svc writes them."""
    pool = await connect(module_database, max_size=1)
    yield Database(pool)
    await pool.close()


def notice(person: Person, title: str, why: str = "asked") -> PageNotice:
    return PageNotice(
        id=new_id(),
        tenant=person.tenant,
        person=person.id,
        request_id=new_id(),
        why=why,
        priority="high",
        title=title,
        note="The <b>ledger</b> is touched",
        deadline=None,
        at=utc_now(),
    )


async def test_a_notice_is_counted_while_the_page_is_open(
    counter: Counter, notifier: Database
) -> None:
    first, second = notice(counter.lead, "Pay it?"), notice(counter.lead, "Ship it?", "escalated")
    async with counter.visitor(counter.lead) as page:
        async with page.expect_response("**/notices/unread*"):
            await page.reload()
        await put_notices(notifier, [notice(counter.reviewer, "Not for Lea"), first])
        await expect(page.locator(BELL)).to_have_text("1")
        await put_notices(notifier, [first, second])
        await expect(page.locator(BELL)).to_have_text("2")
        await end_notices(notifier, [first.request_id])
        await expect(page.locator(BELL)).to_have_text("1")


async def test_the_list_says_why_and_what_needs_nothing_any_more(
    counter: Counter, notifier: Database
) -> None:
    async with counter.visitor(counter.lead, "/notices") as page:
        await expect(page.locator(".deeds li")).to_have_count(2)
        await expect(page.locator(".unread")).to_contain_text("Ship it?")
        await expect(page.locator(".unread")).to_contain_text("<b>ledger</b>")
        await expect(page.locator(".deeds")).to_contain_text("nothing to do any more")
        await screenshot(page, "notices")
        assert await barriers(page) == []
        await page.click("text=Mark all as read")
        await expect(page.locator(".unread")).to_have_count(0)
        await expect(page.locator(BELL)).to_be_hidden()


async def test_on_a_phone_in_the_dark_it_can_be_read_too(counter: Counter) -> None:
    async with counter.visitor(counter.lead, "/notices", size=PHONE, scheme="dark") as page:
        await expect(page.locator(".deeds li")).to_have_count(2)
        await screenshot(page, "notices-phone")
        assert await barriers(page) == []
        assert not await scrolls_sideways(page)
    async with counter.visitor(path="/notices?cursor=no") as page:
        await expect(page.locator("main")).to_contain_text("The cursor is none of ours")
