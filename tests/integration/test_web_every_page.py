"""No page keeps anybody out: axe looks at each one that can be opened by its address alone."""

import pytest
from starlette.routing import Route

from api.app import all_routes
from api.web.routing import PageRoute
from kernel.directory.principals import Role
from tests.support.browser import barriers, chromium_running
from tests.support.front_door import PASSWORD, Desk, front_door
from tests.support.queue_desk import Counter, counter_of
from tests.support.served import served

# A stream, a number, rows for an open list, the way back from a provider, and a script.
NO_PAGES = {
    "/live",
    "/notices/unread",
    "/queue/changes",
    "/sign-in/oidc/callback",
    "/push-worker.js",
}


def addresses() -> list[str]:
    """The addresses of all pages that need no more than that."""
    found = {
        route.path
        for route in all_routes()
        if isinstance(route, PageRoute)
        and isinstance(route, Route)
        and "GET" in (route.methods or ())
    }
    return sorted(path for path in found if "{" not in path and path not in NO_PAGES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_read_by_everybody(
    kafka: str, database: str, topic_prefix: str, scheme: str
) -> None:
    async with (
        front_door(kafka, database, topic_prefix) as house,
        Desk.open(house) as desk,
        served(house) as server,
        chromium_running() as chromium,
    ):
        counter: Counter = await counter_of(house, server, chromium, desk)
        roles = (Role.ADMIN, Role.LEAD, Role.REVIEWER)
        admin = await house.person(desk.tenant, "ada", roles, password=PASSWORD)
        await counter.ask()
        kept_out: dict[str, list[str]] = {}
        async with counter.visitor(admin, scheme=scheme) as page:
            for path in [*addresses(), "/nothing-here", "/requests/nothing"]:
                await page.goto(path)
                if found := await barriers(page):
                    kept_out[path] = found
    assert kept_out == {}
