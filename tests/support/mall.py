"""The marketplace of examples/creator_reviews with visitors, for tests of its journeys."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Page, expect

from examples.common.household import Household
from examples.creator_reviews.accounts import balance_of
from examples.creator_reviews.cast import email_of
from examples.creator_reviews.ledger import account_of
from examples.creator_reviews.market import Market, market
from examples.creator_reviews.play import LETTER
from tests.support.browser import Chromium, chromium_running
from tests.support.eventually import eventually
from tests.support.front_door import PASSWORD
from tests.support.processes import free_port_base
from tests.support.stage import Stage


@dataclass(frozen=True, slots=True)
class Mall:
    """The marketplace, the Handraise behind it, and a browser."""

    stage: Stage
    market: Market
    chromium: Chromium

    @asynccontextmanager
    async def visitor(self, user_id: str, path: str = "/", **screen: Any) -> AsyncGenerator[Page]:
        """A page of a user who has signed in by their link."""
        async with self.chromium.visitor(self.market.url, **screen) as page:
            await page.goto(self.market.link(user_id))
            await page.click("button.primary")
            await page.wait_for_selector("#balance")
            await page.goto(path)
            yield page

    def program(self, user_id: str) -> httpx.AsyncClient:
        """A client of the JSON endpoints."""
        token = self.market.shop.sessions.link_token(user_id)
        return httpx.AsyncClient(
            base_url=f"{self.market.url}/api",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=30,
        )

    async def balance(self, user_id: str) -> int:
        """A user's credits."""
        return await balance_of(self.market.pool, account_of(user_id))

    async def told_by_mail(self, user_id: str, words: str) -> bool:
        """Whether a user gets an e-mail with these words in it."""

        async def there() -> bool:
            mails = self.stage.mails.mails(email_of(user_id))
            return any(words in one.text for one in mails)

        return await eventually(there)

    async def comes_to(self, user: httpx.AsyncClient, path: str, status: str) -> dict[str, Any]:
        """The execution, once its review has come to this status."""

        async def there() -> dict[str, Any] | None:
            found = (await user.get(path)).json()
            return found if found["review_status"] == status else None

        return await eventually(there) or {}

    async def is_called_back(self, execution_id: str) -> bool:
        """Whether the review's workflow was resumed by a callback, and has ended."""
        review = await self.market.shop.reader.latest_of(execution_id)
        query = "SELECT status FROM workflows WHERE workflow_id = $1"

        async def ended() -> bool:
            return await self.market.pool.fetchval(query, review and review.id) == "completed"

        return await eventually(ended)

    async def request_address(self, execution_id: str) -> str:
        """Where the question about an execution is at Handraise, once it is there."""

        async def there() -> str | None:
            review = await self.market.shop.reader.latest_of(execution_id)
            return review.request_id if review else None

        return f"/requests/{await eventually(there)}"

    @asynccontextmanager
    async def handraise_visitor(self, user_id: str, path: str) -> AsyncGenerator[Page]:
        """A page of Handraise, for a creator who has chosen a password there."""
        found = self.stage.found("creator_reviews")
        person_id = (await self.market.shop.catalog.user(user_id)).person_id or ""
        async with Household(found) as household:
            link = await household.sign_in_link(person_id)
        async with self.chromium.visitor(found.url) as page:
            await page.goto(link)
            await page.fill("[name=password]", PASSWORD)
            await page.fill("[name=again]", PASSWORD)
            await page.click("button.primary")
            await page.goto("/sign-in")
            await page.fill("input[name=email]", email_of(user_id))
            await page.fill("input[name=password]", PASSWORD)
            await page.click("button.primary")
            await page.wait_for_selector(".bar .nav")
            await page.goto(path)
            yield page


async def run_letters(page: Page) -> None:
    """Ursula has a letter written, as a form offers it."""
    await page.goto("/agents/letters")
    await page.fill("[name='input.recipient']", "Mrs Okafor")
    await page.fill("[name='input.points']", LETTER["points"])
    await page.fill("[name='input.sender']", "Ursula")
    await page.click("text=Run for 5 credits")
    await expect(page.locator("#original")).to_contain_text("Dear Mrs Okafor,")


@asynccontextmanager
async def mall_on(played: Stage, dsn: str) -> AsyncGenerator[Mall]:
    """Opens the marketplace on a stage, with its tables in the database of `dsn`."""
    found, name = played.found("creator_reviews"), urlsplit(dsn).path.strip("/")
    async with market(found, free_port_base(), name) as running, chromium_running() as chromium:
        yield Mall(played, running, chromium)
