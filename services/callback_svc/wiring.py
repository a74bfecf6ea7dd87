"""Puts callback_svc together."""

from functools import partial

from event_schemas.types import Envelope
from kernel.clock import utc_now
from kernel.directory.directory import Directory
from kernel.ids import new_id
from kernel.outbound.clerk import Clerk
from kernel.outbound.courier import Courier
from kernel.outbound.egress import Egress
from kernel.outbound.host import Grounds, Work, serve_events
from kernel.outbound.reporting import CommandReport
from kernel.outbound.resolver import Reach
from kernel.outbound.retention import Retention, is_bygone
from kernel.outbound.store import DeliveryStore
from kernel.secrets import Keyring
from kernel.settings import Settings
from kernel.topics import CANCELLED, RECEIVED, TIMEOUT
from services.callback_svc.carrier import CallbackCarrier
from services.callback_svc.plan import SERVICE, callback_for, report_for
from services.callback_svc.secrets import forget_with

# The asker waits for it.
GATHER_MS = 5


def build(grounds: Grounds, keyring: Keyring, reach: Reach) -> Work:
    """The service on its grounds; `keyring` opens the secrets, `reach` bounds where it posts."""
    secrets = Directory(grounds.pool, keyring).callback_secrets
    store = DeliveryStore(grounds.database, SERVICE, worker=new_id())
    courier = Courier(
        SERVICE,
        store,
        CallbackCarrier(Egress(reach), secrets),
        Clerk(store, CommandReport(SERVICE, grounds.sender, report_for, alone=True)),
    )

    async def handle(envelopes: list[Envelope]) -> None:
        now = utc_now()
        wanted = [callback_for(one) for one in envelopes if not is_bygone(one, now)]
        await courier.accept([callback for callback in wanted if callback is not None])

    return Work(
        topics=(RECEIVED, TIMEOUT, CANCELLED),
        handle=handle,
        parts=[courier, Retention(grounds.database, SERVICE, forget_with)],
        gather_ms=GATHER_MS,
    )


async def serve(settings: Settings) -> None:
    """Serves until a signal.

    Raises:
        Misconfigured: there is no key to open secrets with, or a private target is no network.
    """
    keyring, reach = Keyring.of(settings), Reach.of(settings)
    await serve_events(settings, SERVICE, partial(build, keyring=keyring, reach=reach))
