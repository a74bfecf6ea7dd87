"""Puts the front door together: its parts, what they share, and the server before them."""

import time
from functools import partial

from api.app import make_app
from api.attaching import Attaching, Tidying
from api.door import FrontDoor, request_url
from api.identity.leaving import Broom, Leaving
from api.identity.lock_out import CREDENTIAL_FAILURES, LockOut
from api.identity.openid import OpenId
from api.identity.throttle import Throttle
from api.json_answers import dumps
from api.limits.fairness import FairCommands, FairPool
from api.limits.pressure import Pressure, Room
from api.limits.protocol import GuardedProtocol
from api.limits.rates import Rates
from api.live.ear import Ear
from api.live.listening import Live
from api.live.presence import CHANNEL as LOOKS
from api.live.presence import Presence
from api.log_ends import LogEnds
from api.rest.shapes import listed_document
from api.serving import Serving
from api.slack_desk import SlackDesk
from api.standing_in import StandInCommands
from kernel.blobs.choice import blobs_of
from kernel.clock import utc_now
from kernel.commands import CommandClient
from kernel.directory.directory import Directory
from kernel.http_server import HttpServer
from kernel.outbound.egress import Egress
from kernel.outbound.notices import CHANNEL as NOTICES
from kernel.outbound.resolver import Reach
from kernel.postgres import connect
from kernel.secrets import Keyring
from kernel.service import Part, Readiness, run_until_stopped
from kernel.settings import API, Settings
from kernel.tenancy import WALLED, WalledPool
from projections.history.queries import HistoryQueries
from projections.inbox.groups import GroupQueries
from projections.inbox.queries import InboxQueries
from projections.inbox.shown import RequestLine

POOL_SIZE = 10
PAST_POOL_SIZE = 5
READS_AT_ONCE = 8
READS_AT_ONCE_PER_TENANT = 5
MAX_CONNECTIONS = 10_000


async def build(settings: Settings) -> tuple[FrontDoor, Readiness, list[Part]]:
    """The front door, whether it can do its work, and the parts that must run for that.

    Raises:
        Misconfigured: the settings can't work.
        Unavailable: Postgres is away.
    """
    readiness = Readiness("commands", "replies", "live", "log")
    keyring = Keyring.of(settings)
    past = await connect(settings.pg_dsn, min_size=0, max_size=PAST_POOL_SIZE)
    pool = await connect(
        settings.pg_dsn,
        max_size=POOL_SIZE,
        statement_timeout=f"{int(settings.statement_seconds * 1000)}ms",
        role=WALLED,
    )
    shared = FairPool(WalledPool(pool), size=READS_AT_ONCE, share=READS_AT_ONCE_PER_TENANT)
    commands = CommandClient(settings, readiness)
    listed, partitions = partial(_listed, settings), settings.partitions
    live = Live(settings.pg_dsn, readiness, utc_now, listed, partitions=partitions)
    presence = Presence()
    heard = {LOOKS: presence.hear, NOTICES: live.wake}
    ear = Ear(settings.pg_dsn, heard, presence.tidy)
    log_ends = LogEnds(settings, readiness)
    directory = Directory(pool, keyring, past=past)
    attaching = Attaching(directory.attachments, blobs_of(settings, pool))
    fair = FairCommands(commands, settings.commands_at_once_per_tenant)
    door = FrontDoor(
        settings=settings,
        clock=utc_now,
        commands=StandInCommands(fair, directory, shared, utc_now),
        directory=directory,
        inbox=InboxQueries(shared, cursor_key=keyring.subkey("cursor")),
        groups=GroupQueries(shared, cursor_key=keyring.subkey("cursor")),
        history=HistoryQueries(shared),
        pool=shared,
        live=live,
        presence=presence,
        log_ends=log_ends,
        lock_out=_lock_out(directory),
        oidc=OpenId.of(settings),
        attaching=attaching,
        rates=_rates(settings),
        pressure=_pressure(settings),
        slack=SlackDesk.at(Egress(Reach.of(settings)), settings.slack_api_url),
        past=past,
    )
    every_inbox = InboxQueries(past, cursor_key=keyring.subkey("cursor"))
    identity = [Leaving(directory, every_inbox, commands, log_ends, utc_now), Broom(directory)]
    return door, readiness, [commands, live, ear, log_ends, Tidying(attaching), *identity]


def _listed(settings: Settings, line: RequestLine) -> bytes:
    return dumps(listed_document(line, request_url(settings, line.id)))


def _lock_out(directory: Directory) -> LockOut:
    credentials = Throttle(time.monotonic, CREDENTIAL_FAILURES)
    return LockOut(directory.failures, Throttle(time.monotonic), credentials)


def _rates(settings: Settings) -> Rates:
    return Rates(
        per_key=settings.calls_per_second_per_key,
        per_tenant=settings.calls_per_second_per_tenant,
    )


def _pressure(settings: Settings) -> Pressure:
    return Pressure(
        calls=Room("calls", settings.calls_at_once, settings.calls_at_once_per_tenant),
        watchers=Room("watchers", settings.watchers_at_once, settings.watchers_at_once_per_tenant),
    )


async def serve(settings: Settings) -> None:
    """Serves until stopped by a signal."""
    door, readiness, parts = await build(settings)
    app = make_app(door, readiness)
    server = HttpServer(
        app,
        host=settings.host,
        port=settings.port_base + API,
        protocol=GuardedProtocol,
        max_connections=MAX_CONNECTIONS,
    )
    drain = settings.drain_seconds
    try:
        await run_until_stopped([Serving(server, door.live, parts, readiness, drain_seconds=drain)])
    finally:
        await door.close()
