"""The queue in a real browser: what is seen at a glance, found, done by keyboard and in bulk."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from api.web.assets import address_of
from api.web.urgency import left_of
from tests.support.browser import PHONE, barriers, screenshot, scrolls_sideways
from tests.support.queue_desk import Counter, furnish

pytestmark = pytest.mark.asyncio(loop_scope="module")
Ids = dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(counter: Counter) -> Ids:
    return await furnish(counter)


def row(page: Page, request_id: str) -> Locator:
    return page.locator(f"#r-{request_id}")


async def shown(page: Page) -> list[str]:
    """The titles in the list, in their order."""
    return await page.locator(".rows .open").all_inner_texts()


async def test_a_row_says_what_is_at_stake_and_how_long_is_left(counter: Counter, ids: Ids) -> None:
    async with counter.visitor() as page:
        review, refund = row(page, ids["review"]), row(page, ids["refund"])
        for text in (
            "High",
            "code review",
            "Merge the payment retry",
            "risk: high",
            "shop/payments",
        ):
            await expect(review).to_contain_text(text)
        await expect(review.locator(".left")).to_have_text(re.compile(r"^4[89] min left$"))
        for text in ("amount: 1240.5", "Delivered twice", "approval", "globex", "just now"):
            await expect(refund).to_contain_text(text)
        await expect(refund.locator(".left")).to_have_text(re.compile(r"^1 d [12] h left$"))


async def test_the_time_left_counts_down_in_the_open_page(counter: Counter, ids: Ids) -> None:
    async with counter.visitor() as page:
        left = row(page, ids["urgent"]).locator(".left")
        await expect(left).to_have_class("left left-now")
        before = await left.inner_text()
        await expect(left).not_to_have_text(before)
        assert re.fullmatch(r"[78] min \d\d s left", await left.inner_text())


async def test_the_browser_counts_by_the_servers_words(counter: Counter) -> None:
    spans = [-1, 0, 1, 59, 60, 599, 600, 900, 3599, 3600, 5000, 86400, 90061, 600000]
    now = datetime(2026, 3, 2, tzinfo=UTC)
    told = [left_of(now + timedelta(seconds=seconds), now) for seconds in spans]
    count = """async ([address, spans]) => {
        const { words, urgency } = await import(address);
        return spans.map((seconds) => [words(seconds), urgency(seconds)]);
    }"""
    async with counter.visitor() as page:
        counted = await page.evaluate(count, [address_of("countdown.js"), spans])
    assert counted == [[left.text, left.urgency] for left in told]


async def test_what_waits_comes_first_and_the_rest_has_its_own_lists(
    counter: Counter, ids: Ids
) -> None:
    async with counter.visitor() as page:
        waiting = await shown(page)
        assert waiting[:2] == [
            "Drop the orders table in production",
            "Merge the payment retry into main",
        ]
        assert "Send the contract to Initech" not in waiting
        assert "Rewrite the onboarding script" not in waiting
        await page.click(".views >> text=Unassigned")
        await expect(row(page, ids["held"])).to_have_count(0)
        await expect(row(page, ids["refund"])).to_be_visible()
        await page.click(".views >> text=Changes requested")
        await expect(row(page, ids["changes"])).to_contain_text("changes requested")
        await page.click(".views >> text=Decided")
        await expect(row(page, ids["done"])).to_contain_text("Reject by Lou")
        assert page.url.endswith("?view=decided")
        await page.go_back()
        await expect(row(page, ids["changes"])).to_be_visible()


async def test_it_is_searched_and_filtered_and_the_address_keeps_that(
    counter: Counter, ids: Ids
) -> None:
    async with counter.visitor() as page:
        await page.keyboard.press("/")
        await page.keyboard.type("invoice 4711")
        await page.keyboard.press("Enter")
        await expect(page.locator(".rows .row")).to_have_count(1)
        await expect(row(page, ids["refund"])).to_be_visible()
        await page.reload()
        await expect(page.locator("#find")).to_have_value("invoice 4711")
        await expect(page.locator(".rows .row")).to_have_count(1)
        await page.fill("#find", "ab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".notice.bad")).to_contain_text("three letters")
        await page.click("text=Clear")
        await expect(page.locator("#find")).to_have_value("")
        await page.select_option("#f-priority", "urgent")
        await expect(page.locator(".rows .row")).to_have_count(1)
        await page.goto("/?facet=risk:high&asker=nobody")
        await expect(page.locator(".empty")).to_contain_text("Nothing fits these filters")


async def test_the_keyboard_moves_claims_releases_picks_and_opens(
    counter: Counter, ids: Ids
) -> None:
    async with counter.visitor(path="/?view=waiting&q=staging") as page:
        low = row(page, ids["low"])
        await page.keyboard.press("j")
        await expect(low.locator(".open")).to_be_focused()
        await page.keyboard.press("c")
        await expect(low.locator(".state")).to_have_text("taken by you")
        await expect(page.locator("#outcome")).to_contain_text("You hold it now")
        await low.locator(".open").focus()
        await page.keyboard.press("r")
        await expect(low).to_contain_text("waiting")
        await low.locator(".open").focus()
        await page.keyboard.press("x")
        await expect(page.locator(".bulk strong")).to_have_text("1 selected")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_contain_text("Next request")
        await screenshot(page, "queue-keys")
        await page.check("[data-keys-off]")
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).not_to_be_visible()
        await page.click("[data-keys-button]")
        await page.uncheck("[data-keys-off]")
        await page.keyboard.press("Escape")
        await low.locator(".open").focus()
        await page.keyboard.press("o")
        await expect(page).to_have_url(re.compile(f"/requests/{ids['low']}$"))
        await expect(page.locator("[data-keys-button]")).to_be_visible()
        await page.keyboard.press("g")
        await page.keyboard.press("q")
        await expect(page).to_have_title("Queue · Handraise")


async def test_a_change_shows_without_a_reload_and_nothing_jumps(
    counter: Counter, ids: Ids
) -> None:
    async with counter.visitor() as page:
        refund = row(page, ids["refund"]).locator(".open")
        await refund.focus()
        gone = await counter.ask(title="Answered while it is looked at")
        await expect(page.locator("#fresh")).to_contain_text("1 new")
        await expect(row(page, gone)).to_have_count(0)
        await expect(refund).to_be_focused()
        await page.click("#fresh button")
        await expect(row(page, gone)).to_be_visible()
        await counter.decide(gone, "approve")
        await expect(row(page, gone)).to_contain_text("Approve by Lou")
        await expect(row(page, gone)).to_have_class("row gone")


async def test_a_page_that_was_cut_off_says_so_and_catches_up(counter: Counter, ids: Ids) -> None:
    async with counter.visitor() as page:
        await page.context.set_offline(True)
        await page.evaluate("window.dispatchEvent(new Event('offline'))")
        await expect(page.locator("#offline")).to_be_visible()
        late = await counter.ask(title="Asked while nobody was connected")
        await page.context.set_offline(False)
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await expect(page.locator("#offline")).to_be_hidden()
        await expect(page.locator("#fresh")).to_contain_text("1 new")
        await counter.decide(late, "approve")


async def test_rows_that_could_not_be_fetched_are_fetched_again(counter: Counter) -> None:
    failures = [lambda route: route.abort(), lambda route: route.fulfill(status=503, body="")]
    noticed = asyncio.Event()

    async def fails_twice(route: Route) -> None:
        if failures:
            await failures.pop()(route)
            return
        await noticed.wait()
        await route.continue_()

    async with counter.visitor() as page:
        await page.route("**/queue/changes*", fails_twice)
        late = await counter.ask(title="Asked while the rows could not be read")
        await expect(page.locator("#offline")).to_be_visible()
        noticed.set()
        await expect(page.locator("#fresh")).to_contain_text("1 new")
        await expect(page.locator("#offline")).to_be_hidden()
        await counter.decide(late, "approve")


async def test_several_are_decided_at_once_each_with_its_own_result(counter: Counter) -> None:
    three = [await counter.ask(title=f"Pay bill {n} of the batch") for n in range(3)]
    async with counter.visitor(path="/?view=waiting&q=batch") as page:
        await row(page, three[0]).locator("[data-pick]").click()
        await row(page, three[2]).locator("[data-pick]").click(modifiers=["Shift"])
        await expect(page.locator(".bulk strong")).to_have_text("3 selected")
        await screenshot(page, "queue-bulk")
        await page.click(".bulk >> text=Decide…")
        sheet = page.locator("#sheet")
        await expect(sheet).to_contain_text("Decide 3 requests?")
        await screenshot(page, "queue-confirm")
        await counter.decide(three[1], "reject", comment="Paid already")
        await sheet.get_by_role("button", name="Approve 3").click()
        await expect(sheet).to_contain_text("2 of 3 decided")
        await expect(sheet.locator(".results .tag.bad")).to_have_count(1)
        await screenshot(page, "queue-results")
        await sheet.get_by_role("link", name="Back to the queue").click()
        await expect(row(page, three[0])).to_contain_text("Approve by Rae")
        await expect(row(page, three[1])).to_contain_text("Reject by Lou")


async def test_a_view_is_kept_shared_and_begun_with(counter: Counter, ids: Ids) -> None:
    async with counter.visitor(path="/?view=waiting&priority=urgent") as page:
        await page.click("text=Keep this view")
        await page.fill("#f-name", "Burning")
        await page.check("[name=default]")
        await page.get_by_role("button", name="Keep", exact=True).click()
        await page.goto("/")
        await expect(page.locator(".saved [aria-current]")).to_contain_text("Burning")
        await expect(page.locator(".rows .row")).to_have_count(1)
        await page.click("text=Keep this view")
        await page.click("text=Remove “Burning”")
        await page.goto("/")
        await expect(row(page, ids["refund"])).to_be_visible()


@pytest.mark.parametrize(
    ("name", "screen", "checked"),
    [
        ("light", {}, {"queue", "decided", "activity", "load"}),
        ("dark", {"scheme": "dark"}, {"queue", "decided"}),
        ("phone", {"size": PHONE}, {"queue"}),
    ],
    ids=["light", "dark", "phone"],
)
async def test_nobody_is_kept_out_and_nothing_scrolls_sideways(
    counter: Counter, ids: Ids, name: str, screen: dict[str, Any], checked: set[str]
) -> None:
    async with counter.visitor(counter.lead, **screen) as page:
        for place, path in {
            "queue": "/?view=waiting",
            "decided": "/?view=decided",
            "empty": "/?view=teams",
            "activity": "/activity",
            "load": "/load",
        }.items():
            await page.goto(path)
            await screenshot(page, f"{place}-{name}")
            assert not await scrolls_sideways(page), path
            if place in checked:
                assert not await barriers(page), path


async def test_colours_are_the_readers_choice_and_stay(counter: Counter, ids: Ids) -> None:
    async with counter.visitor() as page:
        html = page.locator("html")
        await page.click("[data-theme-button]")
        await page.click("[data-theme-button]")
        await expect(html).to_have_attribute("data-theme", "dark")
        await page.reload()
        await expect(html).to_have_attribute("data-theme", "dark")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert await page.evaluate(ground) == "rgb(15, 18, 22)"


async def test_everything_works_without_scripts(counter: Counter, ids: Ids) -> None:
    async with counter.visitor(javascript=False) as page:
        await page.check(f"#p-{ids['refund']}")
        await page.check(f"#p-{ids['low']}")
        await page.click(".bulk >> text=Claim")
        await expect(page.locator("#sheet")).to_contain_text("Claim 2 requests?")
        await page.get_by_role("button", name="Claim 2").click()
        await expect(page.locator("#sheet")).to_contain_text("2 of 2 claimed")
        await page.click("text=Back to the queue")
        await page.click(".views >> text=Mine")
        await expect(page.locator(".rows .row")).to_have_count(2)
        await row(page, ids["low"]).get_by_role("button", name="Release").click()
        await expect(page.locator("#outcome")).to_contain_text("You gave it back")
        await page.goto("/activity")
        await expect(page.locator(".deeds")).to_contain_text("gave back")


async def test_a_reviewer_does_not_see_the_load_of_others(counter: Counter) -> None:
    async with counter.visitor() as page:
        await expect(page.locator(".nav")).not_to_contain_text("Team load")
        answer = await page.goto("/load")
        assert answer is not None
        assert answer.status == 403
    async with counter.visitor(counter.lead, "/load") as page:
        await expect(page.locator("tr", has_text="Lou").first.locator("td").first).to_have_text("1")
