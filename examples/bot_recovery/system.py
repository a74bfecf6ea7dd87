"""Puts the example together: the site, the bots, the agent, the watchdog and the desk."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handraise import Handraise, Receiver, open_store
from handraise.fastapi import router

from examples.bot_recovery.agent import WarmUpAgent
from examples.bot_recovery.attempting import Attempts
from examples.bot_recovery.bot import Bot, browser
from examples.bot_recovery.desk.app import Desk, desk_app
from examples.bot_recovery.detection import FailureDetectionService
from examples.bot_recovery.people import KIND, Manager, People, settle
from examples.bot_recovery.pipeline import Pipeline
from examples.bot_recovery.report import Report
from examples.bot_recovery.review_queue import ReviewQueueService
from examples.bot_recovery.reviews import Reviews
from examples.bot_recovery.settings import Settings
from examples.bot_recovery.site.app import site_app
from examples.bot_recovery.site.members import Members, Trouble
from examples.bot_recovery.tracking import ResolutionTrackingService
from examples.bot_recovery.warmup import Account
from examples.bot_recovery.watchdog import Watchdog, start
from examples.common.database import address_of, database
from examples.common.serving import serving
from examples.common.surroundings import Surroundings

DATABASE = "example_bot_recovery"
DESK_PORT_OFFSET, SITE_PORT_OFFSET = 22, 23
_MIGRATIONS = Path(__file__).with_name("migrations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the example lives: its settings, database and ports (0 takes a free one), its kind."""

    settings: Settings
    desk_port: int
    site_port: int
    database: str = DATABASE
    kind: Path = KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The running example."""

    pool: Any
    people: People
    members: Members
    pipeline: Pipeline
    reviews: Reviews
    queue: ReviewQueueService
    report: Report
    agent: WarmUpAgent
    watchdog: Watchdog
    desk_url: str
    site_url: str
    sign_in: Mapping[str, str]
    """The sign-in link of each manager, by name."""

    async def enrol(
        self,
        username: str,
        content: Mapping[str, Mapping[str, Any]],
        troubles: Mapping[str, Iterable[Trouble]] | None = None,
    ) -> Account:
        """An account on its way, and what the site will put in its way."""
        account = await self.pipeline.add(username, secrets.token_urlsafe(16), content)
        self.members.join(username, account.access_token, troubles)
        return account

    async def begin(self, *accounts: Account) -> None:
        """Start their warm-ups; each runs to its end or to its first question."""
        await asyncio.gather(*(start(self.agent, one) for one in accounts))


@asynccontextmanager
async def recovery(found: Surroundings, place: Place) -> AsyncGenerator[Recovery]:
    """Runs it while the block runs; what an earlier run left half done goes on at once."""
    found.directory.mkdir(parents=True, exist_ok=True)
    settings, members = place.settings, Members()
    people = await settle(found, place.kind)
    async with (
        database(found.pg_dsn, place.database, _MIGRATIONS) as pool,
        await open_store(address_of(found.pg_dsn, place.database)) as store,
        Handraise(found.url, people.key.bearer) as hand,
        browser() as chromium,
        serving(site_app(members), place.site_port) as site_url,
    ):
        pipeline, reviews = Pipeline(pool), Reviews(pool)
        tracking = ResolutionTrackingService(pool, settings.effective_days)
        detection = FailureDetectionService(pool, tracking, settings)
        bot = Bot(chromium, site_url, settings.patience_seconds)
        queue = ReviewQueueService(hand, reviews, pipeline)
        report = Report(pool, tracking, settings)
        desk = Desk(queue, report, people, site_url)
        app = desk_app(desk)
        for account in await pipeline.accounts():
            members.join(account.username, account.access_token)
        async with serving(app, place.desk_port) as desk_url:
            agent = WarmUpAgent(
                hand,
                store,
                attempts=Attempts(bot, pipeline, detection, reviews, settings.pause_seconds),
                reviews=reviews,
                tracking=tracking,
                settings=settings,
                callback_webhook=f"{desk_url}/resume",
                review_page=f"{desk_url}/reviews",
                names={one.id: one.name for one in people.managers},
            )
            receiver = Receiver(agent, secrets=[people.key.signing_secret])
            app.include_router(router(receiver, "/resume"))
            watchdog = Watchdog(agent, pipeline, reviews, settings.callback_seconds)
            async with _watching(watchdog, settings.watch_seconds):
                yield Recovery(
                    pool=pool,
                    people=people,
                    members=members,
                    pipeline=pipeline,
                    reviews=reviews,
                    queue=queue,
                    report=report,
                    agent=agent,
                    watchdog=watchdog,
                    desk_url=desk_url,
                    site_url=site_url,
                    sign_in={one.name: _link(desk, desk_url, one) for one in people.managers},
                )
            await receiver.drain()


@asynccontextmanager
async def _watching(watchdog: Watchdog, every_seconds: float) -> AsyncGenerator[None]:
    watching = asyncio.create_task(watchdog.run(every_seconds))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def _link(desk: Desk, desk_url: str, manager: Manager) -> str:
    return f"{desk_url}/sign-in/{desk.sessions.link_token(manager.id)}"
