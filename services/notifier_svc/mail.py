"""Writes the mail of a notice: the same bytes for the same event and recipient, always."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from event_schemas.types import Priority
from kernel.errors import Misconfigured
from services.notifier_svc.notice import Brief, Notice, Why
from services.notifier_svc.wording import mailbox, one_line, paragraphs

LABEL_MAX_CHARS = 80

_LEADS = {
    Why.ASKED: "Your decision is asked for.",
    Why.REVISED: "The question was changed and waits for your decision.",
    Why.REMINDED: "A reminder: this still waits for a decision.",
    Why.ESCALATED: "This was escalated and waits for your decision.",
    Why.STAGE: "The next stage of this approval waits for your decision.",
    Why.ASSIGNED: "This was assigned to you.",
}
_SUBJECTS = {
    Why.ASKED: "Decide",
    Why.REVISED: "Changed",
    Why.REMINDED: "Reminder",
    Why.ESCALATED: "Escalated",
    Why.STAGE: "Next stage",
    Why.ASSIGNED: "Assigned to you",
}
_pressing = (Priority.HIGH, Priority.URGENT)


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
    """Makes mails out of notices."""

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

    def write(self, notice: Notice, brief: Brief, to: Address, delivery_id: str) -> bytes:
        """The mail to one recipient (RFC 5322); its Message-ID follows from the delivery's id."""
        domain = self._head.sender.domain
        words = self._words(notice, brief)
        message = EmailMessage(policy=SMTP)
        message["From"] = self._head.sender
        message["To"] = to
        message["Subject"] = _subject(notice, brief)
        message["Date"] = format_datetime(notice.at.astimezone(UTC))
        message["Message-ID"] = f"<{delivery_id}@{domain}>"
        message["References"] = f"<{notice.request_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Handraise-Request"] = notice.request_id
        message.set_content(self._text.render(words), cte="quoted-printable")
        message.add_alternative(self._html.render(words), subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{delivery_id}")
        return message.as_bytes()

    def _words(self, notice: Notice, brief: Brief) -> dict[str, object]:
        question = brief.question
        asker = question.agent_id or question.requester_id
        return {
            "lead": _LEADS[notice.why],
            "title": one_line(brief.title),
            "description": paragraphs(brief.description or ""),
            "asker": one_line(asker, LABEL_MAX_CHARS),
            "kind": one_line(question.kind, LABEL_MAX_CHARS),
            "principal": one_line(notice.principal_id or "", LABEL_MAX_CHARS),
            "priority": notice.priority.value,
            "deadline": _moment(notice.deadline),
            "decisions": [
                one_line(option.label or option.name, LABEL_MAX_CHARS)
                for option in question.policy.decisions
            ],
            "note": one_line(notice.note or ""),
            "link": link_to(self._head.public_url, notice.request_id),
        }


def link_to(public_url: str, request_id: str) -> str:
    """The page on which a request is answered; opening it changes nothing."""
    return f"{public_url}/requests/{quote(request_id, safe='')}"


def _subject(notice: Notice, brief: Brief) -> str:
    pressing = f"[{notice.priority.value}] " if notice.priority in _pressing else ""
    return one_line(f"{pressing}{_SUBJECTS[notice.why]}: {brief.title}")


def _moment(at: datetime | None) -> str:
    return "none" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
