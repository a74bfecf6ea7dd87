"""The platform put together: its tables, its two agents, and what goes on in the background."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from handraise import Handraise, HandraiseError, Receiver, open_store

from examples.ad_tasks.ad_work import AdServerWork, AdTools
from examples.ad_tasks.adapter_configs import AdapterConfigs
from examples.ad_tasks.adapters import GoogleAdManager
from examples.ad_tasks.asker import Asker
from examples.ad_tasks.callers import Callers
from examples.ad_tasks.config import Config
from examples.ad_tasks.courier import Courier
from examples.ad_tasks.desk import TaskDesk
from examples.ad_tasks.engine import CreativeEngine
from examples.ad_tasks.media_buys import MediaBuys
from examples.ad_tasks.mirror import Mirror
from examples.ad_tasks.operations import Operations
from examples.ad_tasks.sealing import Seal
from examples.ad_tasks.staff import Staff
from examples.ad_tasks.tickets.opening import ticket_system
from examples.common.database import address_of, database
from examples.common.surroundings import Surroundings

_log = logging.getLogger("ad_tasks")

DATABASE: Final = "example_ad_tasks"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WATCH_SECONDS: Final = 2.0
_HEAL_EVERY: Final = 15
"""What a crash or an outage left half done is looked for at each so manieth round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """All parts of the running platform."""

    config: Config
    pool: Any
    hand: Handraise
    desk: TaskDesk
    engine: CreativeEngine
    work: AdServerWork
    mirror: Mirror
    courier: Courier
    callers: Callers
    receiver: Receiver

    @property
    def agents(self) -> tuple[Asker, ...]:
        """Both agents."""
        return self.engine, self.work

    async def look_round(self) -> None:
        """One round of what goes on in the background; one part's trouble keeps none waiting."""
        window = timedelta(minutes=self.config.window_minutes)
        await _tried("the mirror", self.mirror.refresh)
        await _tried(
            "the alarms", lambda: self.mirror.note_alarms(self.work.tools.operations, window)
        )
        await _tried("what is to be tried again", self._try_again)
        await _tried("the errands", self.courier.run_due)

    async def has_told_all(self) -> bool:
        """Look round, and say whether nothing is left to be told."""
        await self.look_round()
        left = "SELECT count(*) FROM errands WHERE done_at IS NULL"
        return await self.pool.fetchval(left) == 0

    async def heal(self) -> None:
        """Go on with what a crash or an outage of Handraise cut off."""
        for agent in self.agents:
            await _tried(agent.agent_id, agent.recover)
        for creative in await self.engine.creatives.begun():
            await _tried(creative.creative_id, lambda one=creative: self.engine.evaluate(one))
        for operation in await self.work.tools.operations.begun():
            await _tried(operation.operation_id, lambda one=operation: self.work.carry_out(one))

    async def watch(self) -> None:
        """Look round for ever, and heal now and then."""
        rounds = 0
        while True:
            if rounds % _HEAL_EVERY == 0:
                await _tried("healing", self.heal)
            await self.look_round()
            rounds += 1
            await self._until_news()

    async def _until_news(self) -> None:
        """Wait until a task was put here, or for some seconds: others put tasks too."""
        heard = [asyncio.create_task(agent.news.wait()) for agent in self.agents]
        try:
            await asyncio.wait(heard, timeout=_WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for agent, one in zip(self.agents, heard, strict=True):
                one.cancel()
                agent.news.clear()

    async def _try_again(self) -> None:
        for operation in await self.work.tools.operations.begin_due():
            await self.work.carry_out(operation)


@asynccontextmanager
async def platform(
    found: Surroundings, staff: Staff, config: Config, callback_webhook: str, name: str = DATABASE
) -> AsyncGenerator[Platform]:
    """The platform, as long as the block runs.

    `callback_webhook` is where it is called back; `name` is that of its database.
    """
    async with AsyncExitStack() as stack:
        hand = await stack.enter_async_context(Handraise(found.url, staff.key.bearer))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10, trust_env=False))
        pool = await stack.enter_async_context(database(found.pg_dsn, name, MIGRATIONS))
        store = await stack.enter_async_context(await open_store(address_of(found.pg_dsn, name)))
        tickets = await stack.enter_async_context(ticket_system(config.tickets))
        configs = AdapterConfigs(pool, Seal.kept_in(found.directory / "seal.key"))
        adapters = {name: GoogleAdManager(url, http) for name, url in config.adapter_urls.items()}
        tools = AdTools(pool, MediaBuys(pool), Operations(pool), configs, adapters)
        engine = CreativeEngine(hand, store, callback_webhook, config, pool)
        work = AdServerWork(hand, store, callback_webhook, config, tools=tools)
        secret = staff.key.signing_secret
        yield Platform(
            config=config,
            pool=pool,
            hand=hand,
            desk=TaskDesk(hand, staff.people, staff.dispatcher),
            engine=engine,
            work=work,
            mirror=Mirror(pool, hand, config),
            courier=Courier(pool, http, config, secret=secret, tickets=tickets),
            callers=Callers(http, found.url),
            receiver=Receiver(engine, work, secrets=[secret]),
        )


async def _tried(what: str, doing: Callable[[], Awaitable[object]]) -> None:
    try:
        await doing()
    except (HandraiseError, httpx.HTTPError, OSError) as error:
        _log.warning("%s must wait: %s", what, error)
    except Exception:  # noqa: BLE001  the others shall not wait for it
        _log.exception("%s went wrong", what)
