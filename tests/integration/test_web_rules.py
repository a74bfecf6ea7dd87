"""Standing rules in a real browser: made from an answer, seen at work, revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.browser import (
    PHONE,
    barriers,
    reload_until,
    screenshot,
    scrolls_sideways,
)
from tests.support.queue_desk import Counter

pytestmark = pytest.mark.asyncio(loop_scope="module")
CONTEXT: dict[str, Any] = {
    "tool": "git push",
    "arguments": {"branch": "main", "force": False, "remote": "origin"},
    "reason": "The release notes of ticket 4711 <b>are</b> missing \u202e",
}


def in_a_day() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


async def asked(counter: Counter, reason: str) -> dict[str, Any]:
    context = {**CONTEXT, "reason": reason}
    return await counter.desk.ask(title="Push to main?", context=context)


async def test_a_rule_is_made_from_an_answer_decides_and_is_revoked(counter: Counter) -> None:
    request_id = await counter.ask(title="Push to main?", context=CONTEXT)
    await counter.decide(request_id, "approve", comment="Notes only.")
    async with counter.visitor(counter.lead, f"/rules/new?from={request_id}") as page:
        assert await barriers(page) == []
        await screenshot(page, "rules-new")
        await page.uncheck("input[name='at./reason']")
        await page.fill("input[name=max_uses]", "0")
        await page.click("text=Make the rule")
        await expect(page.locator("main .notice.bad")).to_contain_text("in a number above 0")
        await expect(page.locator("input[name='at./reason']")).not_to_be_checked()
        await page.fill("input[name=max_uses]", "5")
        await page.select_option("select[name=days]", "3")
        await page.click("text=Make the rule")
        rule = page.locator(".rule")
        await expect(rule).to_contain_text("2 d 23 h left")
        await expect(rule).to_contain_text('"force":false')
        assert (await asked(counter, "another"))["state"] != "pending"
        await reload_until(page, "decided 1 of 5")
        assert await barriers(page) == []
        await screenshot(page, "rules")
        await page.click("text=Only watch")
        await expect(rule).to_contain_text("only watches")
        assert (await asked(counter, "a third"))["state"] == "pending"
        await page.click("text=Revoke")
        await expect(page.locator(".empty")).to_contain_text("No rule holds")
        await screenshot(page, "rules-none")
        await page.goto("/rules?all=1")
        await expect(rule).to_contain_text("revoked by")


async def test_a_reviewer_sees_rules_on_a_phone_and_may_change_none(counter: Counter) -> None:
    request_id = await counter.ask(title="Push to dev?", context={**CONTEXT, "tool": "git tag"})
    await counter.decide(request_id, "approve")
    body = {"pointers": ["", "/reason"], "valid_until": in_a_day()}
    made = await counter.desk.lee.post(f"/api/v1/requests/{request_id}/standing-rule", json=body)
    assert made.status_code == 201, made.text
    async with counter.visitor(path="/rules?all=1", size=PHONE, scheme="dark") as page:
        await expect(page.locator(".rule").first).to_be_visible()
        await expect(page.locator("button.means-reject")).to_have_count(0)
        assert not await scrolls_sideways(page)
        assert await barriers(page) == []
        await screenshot(page, "rules-phone", full=True)
        await page.goto(f"/rules/new?from={request_id}")
        await expect(page.locator("main")).to_contain_text("made by its leads")


async def test_alike_requests_stand_together_and_are_seen_in_the_queue(counter: Counter) -> None:
    for order in (18, 19, 20):
        await counter.ask(
            title=f"Refund order {order}?",
            principal_id="acme",
            context={"operation": "refund", "order": order, "lines": [{"sku": "a", "price": 1.5}]},
        )
    async with counter.visitor(path="/groups") as page:
        group = page.locator(".rule", has_text="refund order #")
        await expect(group).to_contain_text("3 ×")
        await expect(group).to_contain_text("/lines/*/price number")
        assert await barriers(page) == []
        await screenshot(page, "groups")
        await group.locator("text=See them in the queue").click()
        await expect(page.locator(".rows .row")).to_have_count(3)
        await expect(page.locator(".rows .row").first).to_contain_text("Refund order 18?")
        await screenshot(page, "groups-queue")
