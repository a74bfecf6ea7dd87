"""Brings the link of an invitation to whom it is for: by mail, at once.

The link is a secret that is kept nowhere, so there is no row from which a mail could be tried
again; the admin who asked gets the link too, and passes it on if the mail does not arrive.
"""

import asyncio
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib

from kernel.directory.invitation import Invitation, Purpose
from kernel.errors import Misconfigured
from kernel.mail_server import mail_server
from kernel.settings import Settings
from kernel.telemetry import logger

log = logger()
MAIL_SECONDS = 5.0
_subjects = {
    Purpose.JOIN: "You are invited to Handraise",
    Purpose.PASSWORD: "Set a new password for Handraise",
}
_leads = {
    Purpose.JOIN: "You are asked to join, so that you can answer when software needs a person.",
    Purpose.PASSWORD: "Somebody who looks after your account lets you set a new password.",
}


async def send_link(settings: Settings, invitation: Invitation, token: str) -> tuple[str, bool]:
    """The link, and whether the mail server took the mail with it."""
    link = f"{settings.public_url.rstrip('/')}/invitations/{token}"
    try:
        message = letter(settings.mail_from, invitation, link)
        server = mail_server(settings.smtp_url)
        async with asyncio.timeout(MAIL_SECONDS), server.client(MAIL_SECONDS) as client:
            await client.send_message(message)
    except (aiosmtplib.SMTPException, OSError, Misconfigured, ValueError) as error:
        log.warning("an invitation was not mailed", id=invitation.id, error=type(error).__name__)
        return link, False
    return link, True


def letter(sender: str, invitation: Invitation, link: str) -> EmailMessage:
    """The mail with a link.

    Raises:
        ValueError: the address can't be written in a mail.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = invitation.email
    message["Subject"] = _subjects[invitation.purpose]
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{_leads[invitation.purpose]}\n\n{link}\n\nThe link works once, until"
        f" {invitation.expires_at:%Y-%m-%d %H:%M} UTC. If you expect no such mail, do nothing.\n"
    )
    return message
