"""Sends the e-mails that were written down, at least once each."""

from email.message import EmailMessage
from typing import Any

import aiosmtplib

_SENDER = "Agent Market <market@example.org>"
_SECONDS = 15


class Mailing:
    """Hands e-mails to the mail server, oldest first."""

    def __init__(self, pool: Any, host: str, port: int) -> None:
        self._pool = pool
        self._host = host
        self._port = port

    async def send_due(self) -> None:
        """Send what was not sent. Raises what aiosmtplib raises, or OSError; nothing is lost."""
        for row in await self._pool.fetch(
            "SELECT id, recipient, subject, body FROM mails WHERE sent_at IS NULL ORDER BY made_at"
        ):
            await aiosmtplib.send(
                _message(row), hostname=self._host, port=self._port, timeout=_SECONDS
            )
            await self._pool.execute("UPDATE mails SET sent_at = now() WHERE id = $1", row["id"])


def _message(row: Any) -> EmailMessage:
    """The e-mail; its id is the same however often it is sent."""
    message = EmailMessage()
    message["From"] = _SENDER
    message["To"] = row["recipient"]
    message["Subject"] = row["subject"]
    message["Message-ID"] = f"<{row['id'].replace(':', '.')}@market.example.org>"
    message.set_content(row["body"])
    return message
