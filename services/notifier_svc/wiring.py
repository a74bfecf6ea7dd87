"""Puts notifier_svc together."""

import asyncio
import time
from functools import partial

from event_schemas.types import Envelope
from kernel.clock import utc_now
from kernel.directory.people import People
from kernel.directory.store import Store
from kernel.errors import Unavailable
from kernel.ids import new_id
from kernel.outbound.clerk import Clerk
from kernel.outbound.courier import Courier
from kernel.outbound.host import Grounds, Work, serve_events
from kernel.outbound.lanes import Limits
from kernel.outbound.reporting import CommandReport
from kernel.outbound.retention import Retention, is_bygone
from kernel.outbound.store import DeliveryStore
from kernel.settings import Settings
from kernel.telemetry import logger
from kernel.topics import CANCELLED, ESCALATED, RECEIVED, REQUESTED, TIMEOUT, UPDATED
from services.notifier_svc.briefs import Briefs
from services.notifier_svc.mail import Letterhead, MailWriter, letterhead
from services.notifier_svc.people import DirectoryPeople
from services.notifier_svc.smtp import CONNECTIONS_MAX, MailServer, SmtpCarrier, mail_server
from services.notifier_svc.telling import SERVICE, Telling, report_for

log = logger()
TOPICS = (REQUESTED, ESCALATED, RECEIVED, TIMEOUT, CANCELLED, UPDATED)
# All mails go through one server, so its lane may hold nearly all there is.
LIMITS = Limits(at_once_per_lane=CONNECTIONS_MAX, held_per_lane=256, held=512)
CLEAN_SECONDS = 3600.0
GATHER_MS = 50


class Housekeeping:
    """The part that forgets what closed long ago."""

    def __init__(self, briefs: Briefs) -> None:
        self._briefs = briefs

    async def run(self) -> None:
        """Cleans up now and then, until cancelled."""
        while True:
            try:
                await self._briefs.clean()
            except Unavailable as error:
                log.warning("old briefs can't be removed", error=str(error))
            await asyncio.sleep(CLEAN_SECONDS)


def build(grounds: Grounds, head: Letterhead, server: MailServer) -> Work:
    """The service on its grounds."""
    store = DeliveryStore(grounds.database, SERVICE, worker=new_id())
    courier = Courier(
        SERVICE,
        store,
        SmtpCarrier(server, head.sender.addr_spec),
        Clerk(store, CommandReport(SERVICE, grounds.sender, report_for)),
        limits=LIMITS,
    )
    briefs = Briefs(grounds.database)
    people = DirectoryPeople(People(Store(grounds.pool), time.monotonic))
    telling = Telling(briefs, people, MailWriter(head), courier, store)

    async def handle(envelopes: list[Envelope]) -> None:
        now = utc_now()
        await telling.handle([one for one in envelopes if not is_bygone(one, now)])

    return Work(
        topics=TOPICS,
        handle=handle,
        parts=[courier, Housekeeping(briefs), Retention(grounds.database, SERVICE)],
        gather_ms=GATHER_MS,
    )


async def serve(settings: Settings) -> None:
    """Serves until a signal.

    Raises:
        Misconfigured: the sender or the mail server's address makes no sense.
    """
    head = letterhead(settings.mail_from, settings.public_url)
    server = mail_server(settings.smtp_url)
    await serve_events(settings, SERVICE, partial(build, head=head, server=server))
