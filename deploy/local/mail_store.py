"""The mails that the sink took: one file each, as they came."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

SUFFIX = ".eml"
SENDER, RECIPIENT = "X-Envelope-From", "X-Envelope-To"
_ID = re.compile(r"\d{13}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as a person reads it; `to` are the addresses of the envelope."""

    id: str
    received_at: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str


class MailStore:
    """A directory of mails, the oldest first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Store a mail and return its id."""
        self._directory.mkdir(parents=True, exist_ok=True)
        mail_id = f"{time.time_ns() // 1_000_000:013d}-{secrets.token_hex(4)}"
        lines = [f"{SENDER}: {sender}", *(f"{RECIPIENT}: {address}" for address in recipients)]
        fresh = self._directory / f"{mail_id}.new"
        fresh.write_bytes("".join(f"{line}\r\n" for line in lines).encode() + content)
        fresh.replace(self._directory / f"{mail_id}{SUFFIX}")
        return mail_id

    def mails(self, to: str | None = None) -> list[Mail]:
        """Every mail, or only those to one address."""
        found = (self.mail(file.stem) for file in sorted(self._directory.glob(f"*{SUFFIX}")))
        return [mail for mail in found if mail and (not to or to.lower() in _lower(mail.to))]

    def mail(self, mail_id: str) -> Mail | None:
        """One mail, or None where there is none of this id."""
        file = self._directory / f"{mail_id}{SUFFIX}"
        if not _ID.fullmatch(mail_id) or not file.is_file():
            return None
        return parsed(mail_id, file.read_bytes())


def parsed(mail_id: str, stored: bytes) -> Mail:
    """The mail in a stored file's bytes."""
    message = message_from_bytes(stored, policy=policy.default)
    received = datetime.fromtimestamp(int(mail_id.partition("-")[0]) / 1000, UTC)
    return Mail(
        id=mail_id,
        received_at=received.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        sender=str(message.get(SENDER, "")),
        to=tuple(str(value) for value in message.get_all(RECIPIENT, [])),
        subject=str(message.get("Subject", "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def readable(mail: Mail) -> str:
    """A mail as plain text: who, when, what."""
    head = f"From: {mail.sender}\nTo: {', '.join(mail.to)}\nDate: {mail.received_at}\n"
    return f"{head}Subject: {mail.subject}\n\n{mail.text or mail.html}"


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _lower(addresses: Sequence[str]) -> set[str]:
    return {address.lower() for address in addresses}
