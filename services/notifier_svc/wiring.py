"""Puts notifier_svc together."""

import asyncio
from functools import partial

from event_schemas.types import Envelope
from kernel.clock import utc_now
from kernel.directory.directory import Directory
from kernel.errors import Unavailable
from kernel.ids import new_id
from kernel.mail_server import MailServer, mail_server
from kernel.outbound.clerk import Clerk
from kernel.outbound.courier import Courier
from kernel.outbound.database import Database
from kernel.outbound.host import Grounds, Work, serve_events
from kernel.outbound.lanes import Limits
from kernel.outbound.notices import forget_notices
from kernel.outbound.reporting import CommandReport
from kernel.outbound.reserve import HeldStore
from kernel.outbound.resolver import Reach
from kernel.outbound.retention import Retention, is_bygone
from kernel.outbound.store import DeliveryStore
from kernel.secrets import Keyring
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import CANCELLED, ESCALATED, RECEIVED, REQUESTED, TIMEOUT, UPDATED
from services.notifier_svc.amending import Amending
from services.notifier_svc.amending_last import LastAmendment
from services.notifier_svc.assigning.book import Book
from services.notifier_svc.assigning.chooser import Chooser
from services.notifier_svc.assigning.desk import AssigningDesk
from services.notifier_svc.assigning.present import PresentPeople
from services.notifier_svc.audience import Audiences
from services.notifier_svc.briefs import Briefs
from services.notifier_svc.channels import carriers
from services.notifier_svc.keeping import Keeper
from services.notifier_svc.mail import Letterhead, letterhead
from services.notifier_svc.papers import Papers
from services.notifier_svc.people import DirectoryPeople
from services.notifier_svc.places import Places
from services.notifier_svc.planning import SERVICE, Planner
from services.notifier_svc.smtp import CONNECTIONS_MAX
from services.notifier_svc.summaries import SummingCarrier
from services.notifier_svc.telling import Telling, report_for

log = logger()
TOPICS = (REQUESTED, ESCALATED, RECEIVED, TIMEOUT, CANCELLED, UPDATED)
# All mails go through one server, so its lane may hold nearly all there is.
LIMITS = Limits(at_once_per_lane=CONNECTIONS_MAX, held_per_lane=256, held=512)
CLEAN_SECONDS = 3600.0
GATHER_MS = 50


class Housekeeping:
    """The part that forgets what closed or was told long ago."""

    def __init__(self, briefs: Briefs, book: Book, database: Database) -> None:
        self._briefs = briefs
        self._book = book
        self._database = database

    async def run(self) -> None:
        """Cleans up now and then, until cancelled."""
        while True:
            try:
                await self._briefs.clean()
                await self._book.clean()
                await forget_notices(self._database)
            except Unavailable as error:
                log.warning("old briefs can't be removed", error=str(error))
            await asyncio.sleep(CLEAN_SECONDS)


def build(grounds: Grounds, head: Letterhead, server: MailServer, keyring: Keyring) -> Work:
    """The service on its grounds; `keyring` opens the secrets of chats and browsers.

    Raises:
        Misconfigured: a setting of a channel makes no sense.
    """
    database, directory = grounds.database, Directory(grounds.pool, keyring)
    table = carriers(grounds.settings, directory, head, server, Reach.of(grounds.settings))
    held = HeldStore(database, SERVICE)
    store = DeliveryStore(database, SERVICE, worker=new_id())
    clerk = Clerk(store, CommandReport(SERVICE, grounds.sender, report_for))
    last = LastAmendment(table, database)
    carrier = SummingCarrier(last, held, directory.preferences, head.public_url)
    courier = Courier(SERVICE, store, carrier, clerk, limits=LIMITS)
    briefs = Briefs(database)
    people = DirectoryPeople(directory)
    planner = Planner(
        Audiences(PresentPeople(people, directory.duty)),
        Places(directory.kinds, directory.tenant_notices),
        Papers(head.public_url, table.channels, directory.answer_links.make),
        held,
        utc_now,
    )
    amending = Amending(database, SERVICE, table.amendable)
    telling = Telling(
        briefs=briefs,
        planner=planner,
        amending=amending,
        people=people,
        courier=courier,
        store=store,
        database=database,
    )

    book = Book(database)
    desk = AssigningDesk(book, Chooser(directory.people), directory.duty, grounds.sender)

    async def handle(envelopes: list[Envelope]) -> None:
        now = utc_now()
        current = [one for one in envelopes if not is_bygone(one, now)]
        await telling.handle(current)
        await desk.handle(current)

    return Work(
        topics=TOPICS,
        handle=handle,
        parts=[
            courier,
            Keeper(held, clerk),
            Housekeeping(briefs, book, database),
            Retention(database, SERVICE),
        ],
        gather_ms=GATHER_MS,
    )


async def serve(settings: Settings) -> None:
    """Serves until a signal.

    Raises:
        Misconfigured: the sender, a server's address or a key makes no sense.
    """
    head = letterhead(settings.mail_from, settings.public_url)
    server, keyring = mail_server(settings.smtp_url), Keyring.of(settings)
    make = partial(build, head=head, server=server, keyring=keyring)
    await serve_events(settings, SERVICE, make)
