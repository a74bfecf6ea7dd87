"""A plain report of a mail's fate, for whatever mail server can post JSON.

The fields are those of a delivery status notification (RFC 3464) in lower case: `action` (failed,
delivered, relayed, delayed, expanded), `status`, `diagnostic_code`, and with them `message_id`, the
Message-ID of the mail that it is about. It is signed as Standard Webhooks has it.
"""

import re

from api.hooks.reports import Post, Provider, Reported
from api.hooks.signed_json import is_genuine
from kernel.outbound.receipts import Receipt
from kernel.text import read_json

NAME = "bounce"
SMTP = "smtp"
_receipts = {
    "failed": Receipt.FAILED,
    "delivered": Receipt.DELIVERED,
    "relayed": Receipt.SENT,
    "expanded": Receipt.SENT,
}
_ours = re.compile(r"<?([0-9a-f-]{36})@[^<>\s@]{1,255}>?\Z")


def reported(post: Post) -> tuple[Reported, ...]:
    """What the report says of a mail of ours."""
    said = read_json(post.body)
    receipt = _receipts.get(str(said.get("action", "")).lower())
    key = id_in(str(said.get("message_id", "")))
    if receipt is None or not key:
        return ()
    why = [str(said[name]) for name in ("status", "diagnostic_code") if said.get(name)]
    error = " ".join(why) if receipt is Receipt.FAILED else None
    return (Reported(provider=SMTP, provider_id=key, receipt=receipt, error=error),)


def id_in(message_id: str) -> str:
    """The delivery that a Message-ID of ours names; nothing where it is another's."""
    found = _ours.match(message_id.strip())
    return "" if found is None else found[1]


BOUNCE = Provider(is_genuine, reported)
