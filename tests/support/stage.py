"""All of Handraise in one process behind a real socket, for tests of the examples."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from deploy.bootstrap import bootstrap
from deploy.dev_env import read_variables
from deploy.local.mail_http import mail_app
from deploy.local.mail_sink import Keep
from deploy.local.mail_store import MailStore
from examples.common.surroundings import Surroundings, find
from kernel.http_server import HttpServer
from kernel.mail_server import mail_server
from kernel.outbound.host import EventService
from kernel.outbound.resolver import Reach
from kernel.secrets import Keyring
from kernel.service import Readiness
from services.callback_svc import wiring as callbacks
from services.notifier_svc import wiring as notifier
from services.notifier_svc.mail import letterhead
from services.timeout_svc import wiring as timers
from tests.support.front_door import House, front_door
from tests.support.parts import running
from tests.support.processes import free_port_base
from tests.support.served import served

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a story plays: a running Handraise with the demo tenant, its people and its mail."""

    house: House
    directory: Path
    credentials: dict[str, str]
    mails: MailStore

    def found(self, example: str) -> Surroundings:
        """What the example finds, as it does beside the local stack."""
        return find(example, {**self.credentials, "HANDRAISE_RUN_DIR": str(self.directory)})


@asynccontextmanager
async def stage(
    kafka: str, dsn: str, prefix: str, directory: Path, **over: Any
) -> AsyncGenerator[Stage]:
    """Starts it all with these settings, and ends it with the block."""
    base = free_port_base()
    mails = MailStore(directory / "mail")
    smtp_url = f"smtp://{HOST}:{base + 4}"
    async with (
        front_door(
            kafka, dsn, prefix, public_url=f"http://{HOST}:{base}", smtp_url=smtp_url, **over
        ) as house,
        _services(house, mails, base),
        served(house, port=base),
    ):
        file = directory / "dev.env"
        await bootstrap(house.settings, file)
        yield Stage(house, directory, read_variables(file), mails)


@asynccontextmanager
async def _services(house: House, mails: MailStore, base: int) -> AsyncGenerator[None]:
    settings, keyring = house.settings, Keyring.of(house.settings)
    head = letterhead(settings.mail_from, settings.public_url)
    server, reach = mail_server(settings.smtp_url), Reach.of(settings)
    all_ready = Readiness()
    tell = partial(notifier.build, head=head, server=server, keyring=keyring)
    call = partial(callbacks.build, keyring=keyring, reach=reach)
    smtp = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Keep(mails), enable_SMTPUTF8=True), host=HOST, port=base + 4
    )
    kinds = {notifier.SERVICE: tell, callbacks.SERVICE: call, timers.SERVICE: timers.build}
    parts = [EventService(settings, name, make, all_ready) for name, make in kinds.items()]
    mail_page = HttpServer(mail_app(mails), host=HOST, port=base + 5)
    async with smtp, running([mail_page, *parts], all_ready):
        yield
