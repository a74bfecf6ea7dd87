"""A mail server on loopback that keeps what it takes, and refuses what it is told to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd import smtp


@dataclass
class MailSink:
    """What came, and what is answered to recipients and to mails (250 takes them)."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 2.0.0 queued as 4711"
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's own name)
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's own name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's own name)
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.data_answer.startswith("250"):
            parsed = message_from_bytes(envelope.content, policy=SMTP)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
            self.recipients += envelope.rcpt_tos
        return self.data_answer


@asynccontextmanager
async def mail_sink() -> AsyncGenerator[MailSink]:
    """A sink that serves while the block runs."""
    sink = MailSink()
    loop = asyncio.get_running_loop()
    open_now: list[smtp.SMTP] = []

    def protocol() -> smtp.SMTP:
        open_now.append(smtp.SMTP(sink, hostname="sink.example", loop=loop))
        return open_now[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for one in open_now:
            if one.transport is not None:
                one.transport.close()
        await asyncio.sleep(0)
