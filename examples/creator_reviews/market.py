"""Puts the marketplace together and keeps it running."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import handraise.fastapi
from handraise import Handraise, Receiver, open_store

from examples.common.database import address_of, database
from examples.common.household import Household, Key
from examples.common.serving import serving
from examples.common.surroundings import Surroundings
from examples.creator_reviews.cast import furnish, key_and_people
from examples.creator_reviews.catalog import Catalog
from examples.creator_reviews.creator_acts import CreatorActs
from examples.creator_reviews.executions import Executions
from examples.creator_reviews.follower import Follower
from examples.creator_reviews.hub import Hub
from examples.creator_reviews.inquiry import Inquiry
from examples.creator_reviews.keeper import Keeper
from examples.creator_reviews.mailing import Mailing
from examples.creator_reviews.reading import ReviewReader
from examples.creator_reviews.reruns import Reruns
from examples.creator_reviews.reviews import Concerned, Reviews
from examples.creator_reviews.sessions import Sessions, kept_secret
from examples.creator_reviews.user_acts import UserActs
from examples.creator_reviews.web.app import Shop, make_app
from examples.creator_reviews.worker import Worker

DATABASE = "example_creator_reviews"
MIGRATIONS = Path(__file__).parent / "migrations"
PORT_OFFSET, _SMTP_PORT_OFFSET = 24, 4
_RESUME_PATH = "/resume"
_EVERY_SECONDS, _PAUSE_SECONDS = 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Market:
    """A running marketplace."""

    url: str
    shop: Shop
    pool: Any

    def link(self, user_id: str) -> str:
        """The link that lets a user in."""
        return f"{self.url}/enter/{self.shop.sessions.link_token(user_id)}"


@asynccontextmanager
async def market(
    found: Surroundings, port: int, database_name: str = DATABASE
) -> AsyncGenerator[Market]:
    """Runs it on this port (which must be known before) while the block runs."""
    async with AsyncExitStack() as stack:
        async with Household(found) as household:
            key, people = await key_and_people(household)
        pool = await stack.enter_async_context(database(found.pg_dsn, database_name, MIGRATIONS))
        await furnish(Catalog(pool), people)
        hand = await stack.enter_async_context(Handraise(found.url, key.bearer))
        store = await stack.enter_async_context(
            await open_store(address_of(found.pg_dsn, database_name))
        )
        yield await _running(stack, _Parts(found, key, pool, hand, store, port))


@dataclass(frozen=True, slots=True)
class _Parts:
    found: Surroundings
    key: Key
    pool: Any
    hand: Handraise
    store: Any
    port: int


async def _running(stack: AsyncExitStack, parts: _Parts) -> Market:
    found, pool, hand = parts.found, parts.pool, parts.hand
    url, hub = f"http://127.0.0.1:{parts.port}", Hub()
    catalog, executions = Catalog(pool), Executions(pool)
    reviews, reader = Reviews(pool, url), ReviewReader(pool)
    mailing = Mailing(pool, "127.0.0.1", found.port_base + _SMTP_PORT_OFFSET)
    mails = Worker(mailing.send_due, _EVERY_SECONDS)

    def tell(concerned: Concerned) -> None:
        hub.tell(concerned.user_id, concerned.creator_id)
        mails.wake()

    keeper = Keeper(hand, reviews, tell)
    inquiry = Inquiry(hand, parts.store, callback_webhook=f"{url}{_RESUME_PATH}")
    inquiry.catalog, inquiry.reader, inquiry.keeper = catalog, reader, keeper

    async def ask_due() -> None:
        for review_id in await reviews.not_asked():
            await inquiry.ask(review_id)

    asking = Worker(ask_due, _EVERY_SECONDS)
    shop = Shop(
        catalog=catalog,
        executions=executions,
        reader=reader,
        pool=pool,
        user_acts=UserActs(
            hand=hand,
            catalog=catalog,
            executions=executions,
            reviews=reviews,
            reader=reader,
            keeper=keeper,
            ask_soon=asking.wake,
        ),
        creator_acts=CreatorActs(
            hand=hand,
            catalog=catalog,
            reader=reader,
            reruns=Reruns(pool, reader),
            keeper=keeper,
            tell=hub.tell,
        ),
        sessions=Sessions(kept_secret(found.directory)),
        hub=hub,
        handraise_url=found.url,
    )
    receiver = Receiver(inquiry, secrets=[parts.key.signing_secret])
    app = make_app(shop)
    app.include_router(handraise.fastapi.router(receiver, _RESUME_PATH))
    stack.push_async_callback(receiver.drain)
    await stack.enter_async_context(serving(app, parts.port))
    stack.callback(hub.close)
    await inquiry.recover()
    follower = Follower(found.url, parts.key.bearer, reviews, keeper)
    for worker in (asking, mails, Worker(follower.follow, _PAUSE_SECONDS)):
        await stack.enter_async_context(_in_background(worker.run()))
    return Market(url, shop, pool)


@asynccontextmanager
async def _in_background(work: Awaitable[None]) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
