"""A queue with something of everything in it, and visitors who are signed in, for browser tests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from kernel.directory.people import Person
from kernel.directory.principals import Role
from tests.support.browser import Chromium
from tests.support.eventually import eventually
from tests.support.front_door import PASSWORD, Desk, House
from tests.support.served import Served

DIFF = "--- a/pay.py\n+++ b/pay.py\n@@ -1 +1 @@\n-amount = 1\n+amount = 2\n"


@dataclass(frozen=True, slots=True)
class Counter:
    """A tenant's desk behind a served front door, and a browser to visit it with.

    `cookies` are those of the people who have signed in, so that each does it once.
    """

    desk: Desk
    served: Served
    chromium: Chromium
    reviewer: Person
    lead: Person
    cookies: dict[str, Any]

    @asynccontextmanager
    async def visitor(
        self, person: Person | None = None, path: str = "/", **screen: Any
    ) -> AsyncGenerator[Page]:
        """A page of a visitor who is signed in as this person, else the reviewer."""
        who = person or self.reviewer
        async with self.chromium.visitor(self.served.url, **screen) as page:
            if who.id not in self.cookies:
                await page.goto("/sign-in")
                await page.fill("input[name=email]", who.email)
                await page.fill("input[name=password]", PASSWORD)
                await page.click("button.primary")
                await page.wait_for_selector(".bar .nav")
                self.cookies[who.id] = await page.context.cookies()
            await page.context.add_cookies(self.cookies[who.id])
            await page.goto(path)
            yield page

    async def ask(self, **fields: Any) -> str:
        """A request that can be seen; its id."""
        opened = await self.desk.ask(**fields)
        await self._shown(opened["id"], 1)
        return opened["id"]

    async def decide(self, request_id: str, decision: str, **fields: Any) -> None:
        """Lou decides it, and it shows."""
        sent = {"decision": decision, **fields}
        told = await self.desk.lou.post(f"/api/v1/requests/{request_id}/respond", json=sent)
        assert told.status_code == 200, told.text
        await self._shown(request_id, told.json()["version"])

    async def _shown(self, request_id: str, version: int) -> None:
        """Waits until the queue has this version, however busy the machine is."""
        path = f"/api/v1/requests/{request_id}"

        async def there() -> bool:
            found = await self.desk.agent.get(path, params={"min_version": version})
            return found.is_success

        await eventually(there)


async def counter_of(house: House, served: Served, chromium: Chromium, desk: Desk) -> Counter:
    """The counter of a desk, with a reviewer and a lead who have passwords."""
    rae = await house.person(desk.tenant, "rae", password=PASSWORD)
    lea = await house.person(desk.tenant, "lea", (Role.LEAD,), password=PASSWORD)
    return Counter(desk, served, chromium, rae, lea, {})


async def furnish(counter: Counter) -> dict[str, str]:
    """Requests of many sorts by a word for each; all can be seen in the queue."""
    ask = counter.ask
    ids = {
        "urgent": await ask(
            title="Drop the orders table in production",
            type="decision",
            priority="urgent",
            timeout_minutes=9,
            principal_id="acme",
            context={"statement": "DROP TABLE orders", "rows": 1204331, "reversible": False},
        ),
        "review": await ask(
            title="Merge the payment retry into main",
            type="code_review",
            priority="high",
            timeout_minutes=50,
            context={
                "code_diff": DIFF,
                "repository": "shop/payments",
                "risk_assessment": {"level": "high", "summary": "Touches the ledger"},
            },
        ),
        "refund": await ask(
            title="Refund invoice 4711 to the customer",
            priority="medium",
            timeout_minutes=60 * 26,
            principal_id="globex",
            context={"amount": 1240.5, "currency": "EUR", "reason": "Delivered twice"},
        ),
        "low": await ask(
            title="Rename the staging bucket",
            priority="low",
            timeout_minutes=60 * 24 * 6,
            context={"bucket": "staging-assets"},
        ),
        "held": await ask(title="Publish the newsletter of March", priority="medium"),
        "done": await ask(title="Send the contract to Initech", priority="high"),
        "changes": await ask(
            title="Rewrite the onboarding script", type="script_approval", context={"script": "Hi!"}
        ),
    }
    await counter.desk.lou.post(f"/api/v1/requests/{ids['held']}/claim", json={})
    await counter.decide(ids["done"], "reject", comment="Not before legal has seen it")
    await counter.decide(ids["changes"], "regenerate")
    return ids
