"""Puts the front door together: its parts, what they share, and the server before them."""

import asyncio
import time
from typing import Any

from api.app import make_app
from api.door import FrontDoor
from api.identity.throttle import Throttle
from api.live import Live
from api.log_ends import LogEnds
from api.serving import Serving
from kernel.clock import utc_now
from kernel.commands import CommandClient
from kernel.directory.directory import Directory
from kernel.http_server import HttpServer
from kernel.postgres import connect
from kernel.secrets import Keyring
from kernel.service import Part, Readiness, run_until_stopped
from kernel.settings import API, Settings
from projections.history.queries import HistoryQueries
from projections.inbox.queries import InboxQueries

POOL_SIZE = 8
CLOSE_SECONDS = 1


async def build(settings: Settings) -> tuple[FrontDoor, Readiness, list[Part]]:
    """The front door, whether it can do its work, and the parts that must run for that.

    Raises:
        Misconfigured: the settings can't work.
        Unavailable: Postgres is away.
    """
    readiness = Readiness("commands", "replies", "live", "log")
    keyring = Keyring.of(settings)
    pool = await connect(settings.pg_dsn, max_size=POOL_SIZE)
    commands = CommandClient(settings, readiness)
    live = Live(settings.pg_dsn, readiness)
    log_ends = LogEnds(settings, readiness)
    door = FrontDoor(
        settings=settings,
        clock=utc_now,
        commands=commands,
        directory=Directory(pool, keyring),
        inbox=InboxQueries(pool, cursor_key=keyring.subkey("cursor")),
        history=HistoryQueries(pool),
        pool=pool,
        live=live,
        log_ends=log_ends,
        sign_in_throttle=Throttle(time.monotonic),
    )
    return door, readiness, [commands, live, log_ends]


async def serve(settings: Settings) -> None:
    """Serves until stopped by a signal."""
    door, readiness, parts = await build(settings)
    app = make_app(door, readiness)
    server = HttpServer(app, host=settings.host, port=settings.port_base + API)
    try:
        await run_until_stopped([Serving(server, door.live, parts)])
    finally:
        await close(door.pool)


async def close(pool: Any) -> None:
    """Gives the pool's connections back; those that hang are cut."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()
