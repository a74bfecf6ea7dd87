"""Hands mails to the mail server, over a few connections that are kept open."""

import asyncio

import aiosmtplib
from aiosmtplib import SMTP

from kernel.mail_server import MailServer
from kernel.outbound.delivery import Delivery, Result, Verdict

ATTEMPT_SECONDS = 30.0
CONNECTIONS_MAX = 4
PROVIDER = "smtp"
PROVIDER_ID_MAX_CHARS = 200
_TAKEN, _PERMANENT = 250, 500


class SmtpCarrier:
    """Carries mails: a delivery's payload is the mail, its target the one recipient."""

    def __init__(self, server: MailServer, sender: str) -> None:
        """A carrier; `sender` is the address that bounces go to."""
        self._server = server
        self._sender = sender
        self._idle: list[SMTP] = []

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt to hand the mail over."""
        client = self._take()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                if not client.is_connected:
                    await client.connect()
                _, said = await client.sendmail(self._sender, [delivery.target], delivery.payload)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            return self._refused(refused.code, refused.message, client)
        except aiosmtplib.SMTPDataError as error:
            return self._refused(error.code, error.message, client)
        except (aiosmtplib.SMTPException, OSError) as error:
            # TimeoutError is an OSError too. What the server thinks of us, not of the mail, may
            # change, as may its absence.
            client.close()
            return Result(verdict=Verdict.RETRY, error=f"{type(error).__name__}: {error}")
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return Result(
            verdict=Verdict.DELIVERED,
            status_code=_TAKEN,
            provider=PROVIDER,
            provider_id=said[:PROVIDER_ID_MAX_CHARS] or None,
        )

    def _take(self) -> SMTP:
        while self._idle:
            client = self._idle.pop()
            if client.is_connected:
                return client
        return self._server.client(ATTEMPT_SECONDS)

    def _refused(self, code: int, message: str, client: SMTP) -> Result:
        self._idle.append(client)
        verdict = Verdict.GIVE_UP if code >= _PERMANENT else Verdict.RETRY
        return Result(verdict=verdict, status_code=code, error=f"{code}: {message}")
