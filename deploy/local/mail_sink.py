"""`python -m deploy.local.mail_sink`: takes every mail, sends none, shows them all."""

import asyncio
import contextlib
import os
import signal

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.layout import layout
from deploy.local.mail_http import mail_app
from deploy.local.mail_store import MailStore
from deploy.local.ports import HOST, ports
from kernel.http_server import HttpServer

LARGEST_BYTES = 32 * 1024 * 1024


class Keep:
    """What the SMTP server does with a mail."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail, then say so."""
        content = envelope.original_content or b""
        mail_id = self._store.keep(envelope.mail_from or "", envelope.rcpt_tos, content)
        return f"250 kept as {mail_id}"


async def serve() -> None:
    """Serve SMTP and HTTP until SIGTERM."""
    numbers = ports(os.environ)
    host = os.environ.get("HANDRAISE_HOST") or HOST
    store = MailStore(layout(os.environ).mail)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(Keep(store), data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, loop=loop),
        host=host,
        port=numbers.smtp,
    )
    serving = asyncio.create_task(
        HttpServer(mail_app(store), host=host, port=numbers.mail_http).run()
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    smtp.close()


if __name__ == "__main__":
    asyncio.run(serve())
