"""Puts the service together: its database, its agent, its worker and its web application."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handraise import Handraise, Receiver, open_store

from examples.common.database import address_of, database
from examples.common.serving import serving
from examples.common.surroundings import Surroundings
from examples.reel_scripts import accounts
from examples.reel_scripts.approval import ScriptApproval
from examples.reel_scripts.asking import Asking
from examples.reel_scripts.desk import Desk
from examples.reel_scripts.house import Home
from examples.reel_scripts.model import Account
from examples.reel_scripts.scripts import Scripts
from examples.reel_scripts.settings import Outside, generator_of, rewriter_of
from examples.reel_scripts.shelf import Shelf
from examples.reel_scripts.web.access import Parts
from examples.reel_scripts.web.app import make_app
from examples.reel_scripts.worker import Pace, Worker

DATABASE = "example_reel_scripts"
PORT_OFFSET = 25
_log = logging.getLogger(__name__)
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How this process is to work. Port 0 is not possible: callbacks come to the port."""

    port: int
    outside: Outside = field(default_factory=Outside)
    pace: Pace = field(default_factory=Pace)
    catch_up_seconds: float = 30.0
    deadline_minutes: float | None = None
    """For requests; None leaves it to the kind (seven days)."""
    workers: int = 1
    database: str = DATABASE


@dataclass(frozen=True, slots=True)
class Service:
    """The running service."""

    url: str
    desk: Desk
    hand: Handraise
    pool: Any
    owners: tuple[Account, ...]


@asynccontextmanager
async def service(found: Surroundings, home: Home, options: Options) -> AsyncGenerator[Service]:
    """Runs it all in this process, until the block ends."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        pool = await enter(database(found.pg_dsn, options.database, _MIGRATIONS))
        owners = tuple(Account(one.person_id, one.email, one.name) for one in home.owners)
        for account, one in zip(owners, home.owners, strict=True):
            await accounts.put(pool, account, one.token)
        hand = await enter(Handraise(found.url, home.key.bearer))
        memory = await enter(await open_store(address_of(found.pg_dsn, options.database)))
        scripts = Scripts(
            pool, await enter(rewriter_of(options.outside)), options.outside.max_revisions
        )
        agent = ScriptApproval(
            hand,
            memory,
            scripts,
            callback_webhook=f"http://127.0.0.1:{options.port}/resume",
            deadline_minutes=options.deadline_minutes,
        )
        asking = Asking(pool, agent, hand)
        desk = Desk(scripts, asking)
        shelf = Shelf(found.directory / "videos")
        receiver = Receiver(agent, secrets=[home.key.signing_secret])
        stack.push_async_callback(receiver.drain)
        url = await enter(serving(make_app(Parts(desk, pool, shelf), receiver), options.port))
        generator = await enter(generator_of(options.outside))
        workers = [
            Worker(pool, hand, generator, shelf, options.pace) for _ in range(options.workers)
        ]
        await enter(_going_on(lambda: _catching_up(asking, options.catch_up_seconds)))
        for worker in workers:
            await enter(_going_on(worker.run))
        yield Service(url, desk, hand, pool, owners)


async def _catching_up(asking: Asking, every_seconds: float) -> None:
    """Now and then do what a crash or an outage left undone."""
    while True:
        try:
            await asking.catch_up()
        except Exception:  # noqa: BLE001  the next round may find the database again
            _log.exception("Not everything could be caught up with")
        await asyncio.sleep(every_seconds)


@asynccontextmanager
async def _going_on(work: Callable[[], Coroutine[Any, Any, None]]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
