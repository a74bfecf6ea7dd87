"""Resend's webhooks: what became of a mail (https://resend.com/docs/dashboard/webhooks)."""

from typing import Any

from api.hooks.bounce import SMTP, id_in
from api.hooks.reports import Post, Provider, Reported
from api.hooks.signed_json import is_genuine
from kernel.outbound.receipts import Receipt
from kernel.text import read_json

NAME = "resend"
_receipts = {
    "email.sent": Receipt.SENT,
    "email.delivered": Receipt.DELIVERED,
    "email.bounced": Receipt.FAILED,
    "email.failed": Receipt.FAILED,
    "email.suppressed": Receipt.FAILED,
}


def reported(post: Post) -> tuple[Reported, ...]:
    """What the event says of a mail, by Resend's id and by our own Message-ID where it is told."""
    event = read_json(post.body)
    receipt, data = _receipts.get(str(event.get("type"))), event.get("data")
    if receipt is None or not isinstance(data, dict):
        return ()
    error = _why(data) if receipt is Receipt.FAILED else None
    named = ((NAME, data.get("email_id")), (SMTP, id_in(_message_id(data))))
    return tuple(
        Reported(provider=provider, provider_id=key, receipt=receipt, error=error)
        for provider, key in named
        if isinstance(key, str) and key
    )


def _message_id(data: dict[str, Any]) -> str:
    headers = data.get("headers")
    for header in headers if isinstance(headers, list) else ():
        match header:
            case {"name": str(name), "value": str(value)} if name.lower() == "message-id":
                return value
            case _:
                continue
    return str(data.get("message_id") or "")


def _why(data: dict[str, Any]) -> str:
    match data:
        case {"bounce": {"type": str(kind), "message": str(words)}}:
            return f"{kind}: {words}"
        case {"failed": {"reason": str(words)}}:
            return words
        case _:
            return "the provider gave no reason"


RESEND = Provider(is_genuine, reported)
