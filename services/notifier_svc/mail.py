"""Writes a message as a mail: the same bytes for the same message and recipient, always."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from kernel.errors import Misconfigured
from services.notifier_svc.catalog import catalog
from services.notifier_svc.message import Message
from services.notifier_svc.wording import mailbox, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Whom mails are from, and where their links lead (without a slash at the end)."""

    sender: Address
    public_url: str


def letterhead(mail_from: str, public_url: str) -> Letterhead:
    """The letterhead that the settings give.

    Raises:
        Misconfigured: the sender is no mail address.
    """
    name, address = parseaddr(mail_from)
    sender = mailbox(address)
    if sender is None:
        raise Misconfigured(f"HANDRAISE_MAIL_FROM: {mail_from!r} holds no mail address")
    return Letterhead(
        sender=Address(display_name=one_line(name), addr_spec=sender.addr_spec),
        public_url=public_url.rstrip("/"),
    )


class MailWriter:
    """Makes mails out of messages."""

    def __init__(self, head: Letterhead) -> None:
        self._head = head
        templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._text = templates.get_template("notice.txt.j2")
        self._html = templates.get_template("notice.html.j2")

    def write(self, said: Message, to: Address, delivery_id: str) -> bytes:
        """The mail to one recipient (RFC 5322); its Message-ID follows from the delivery's id."""
        domain = self._head.sender.domain
        words = {"m": said, "phrases": catalog(said.language).phrases}
        message = EmailMessage(policy=SMTP)
        message["From"] = self._head.sender
        message["To"] = to
        message["Subject"] = said.subject
        message["Date"] = format_datetime(said.at)
        message["Message-ID"] = f"<{delivery_id}@{domain}>"
        if said.request_id:
            message["References"] = f"<{said.request_id}@{domain}>"
            message["X-Handraise-Request"] = said.request_id
        message["Content-Language"] = said.language
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._text.render(words), cte="quoted-printable")
        message.add_alternative(self._html.render(words), subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{delivery_id}")
        return message.as_bytes()
