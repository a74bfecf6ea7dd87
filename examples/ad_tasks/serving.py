"""Starts the platform with everything round it, for the story and for `serve`."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from examples.ad_tasks.config import config_from
from examples.ad_tasks.local_world import LocalWorld
from examples.ad_tasks.platform import DATABASE, Platform, platform
from examples.ad_tasks.staff import Staff, take_on
from examples.ad_tasks.web.app import app_of, attended
from examples.common.household import Household
from examples.common.screen import Screen
from examples.common.serving import serving
from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble

PORT_OFFSET: Final = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The running platform, its address, and the world on this machine, if it works with that."""

    platform: Platform
    staff: Staff
    url: str
    world: LocalWorld | None


@asynccontextmanager
async def running_platform(
    found: Surroundings,
    settings: Path | None,
    *,
    port: int | None = None,
    database: str = DATABASE,
) -> AsyncGenerator[Running]:
    """The platform on its port while the block runs; without settings, with the local world."""
    port = port or found.port_base + PORT_OFFSET
    url = f"http://127.0.0.1:{port}"
    staff = await take_on(found)
    world = None if settings else LocalWorld(staff.key.signing_secret)
    config = config_from(settings) if settings else config_from()
    if world is not None:
        config = world.settings(config, url)
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            platform(found, staff, config, f"{url}/resume", database)
        )
        app = app_of(here)
        if world is not None:
            world.carry(app)
        try:
            await stack.enter_async_context(serving(app, port))
        except OSError as taken:
            raise Trouble(f"Port {port} is taken: is the platform running already?") from taken
        await stack.enter_async_context(attended(here))
        yield Running(platform=here, staff=staff, url=url, world=world)


async def show_the_way(found: Surroundings, here: Running, screen: Screen) -> None:
    """Say where everything is, and how each of the people signs in for the first time."""
    screen.step("The platform is running; end it with Ctrl-C")
    screen.say(f"its interface  {here.url}/openapi.json, figures {here.url}/metrics")
    screen.say(f"its tasks      {found.url}")
    screen.say(f"a key for it   {here.staff.key.bearer}")
    async with Household(found) as house:
        for email, person_id in here.staff.people.items():
            screen.say(f"{email:18} {await house.sign_in_link(person_id)}")
