"""Carries messages as mails: written when they go, in the same bytes each time."""

from dataclasses import replace

from kernel.outbound.delivery import Carrier, Delivery, Result, Verdict
from services.notifier_svc.mail import MailWriter
from services.notifier_svc.message import read_message
from services.notifier_svc.wording import mailbox


class MailCarrier:
    """Writes mails and hands them to the mail server."""

    def __init__(self, writer: MailWriter, server: Carrier) -> None:
        """A carrier; `server` takes deliveries whose payload is the mail."""
        self._writer = writer
        self._server = server

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt."""
        to = mailbox(delivery.target)
        if to is None:
            return Result(verdict=Verdict.GIVE_UP, error="this is no mail address")
        mail = self._writer.write(read_message(delivery.payload), to, delivery.id)
        return await self._server.carry(replace(delivery, payload=mail))
