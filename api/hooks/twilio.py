"""Twilio's status callbacks: a form, signed together with the address that it was sent to.

The address names our delivery, so that what comes before our attempt was written down counts too.

https://www.twilio.com/docs/usage/security: base64 of the HMAC-SHA1 over the URL and every field's
name and value, sorted by name, keyed with the account's auth token. The URL is that which Twilio
called, so it is made of `public_url` and not of what a proxy left of it.
"""

import base64
import hmac
from urllib.parse import parse_qsl, urlsplit

from api.hooks.reports import Post, Provider, Reported
from kernel.errors import Invalid
from kernel.outbound.receipts import Receipt

SIGNATURE = "x-twilio-signature"
NAME = "twilio"
_fields_max = 100
_receipts = {
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.DELIVERED,
    "failed": Receipt.FAILED,
    "undelivered": Receipt.FAILED,
    "canceled": Receipt.FAILED,
}


def twilio_signature(token: str, url: str, fields: list[tuple[str, str]]) -> str:
    """The signature of a form posted to an address."""
    said = "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.digest(token.encode(), (url + said).encode(), "sha1")
    return base64.b64encode(digest).decode()


def is_genuine(secret: str, post: Post) -> bool:
    """Whether Twilio signed the call; it may be old, since what it says only ever rises."""
    try:
        wanted = twilio_signature(secret, post.url, _fields(post))
    except Invalid:
        return False
    return hmac.compare_digest(wanted.encode(), post.header(SIGNATURE).encode())


def reported(post: Post) -> tuple[Reported, ...]:
    """What the form says of a message."""
    fields = dict(_fields(post))
    receipt = _receipts.get(fields.get("MessageStatus") or fields.get("SmsStatus", ""))
    if receipt is None:
        return ()
    why = [fields.get(name, "") for name in ("ErrorCode", "ErrorMessage")]
    error = ": ".join(filter(None, why)) or None
    asked = dict(parse_qsl(urlsplit(post.url).query, max_num_fields=_fields_max))
    ids = (fields.get("MessageSid") or fields.get("SmsSid"), asked.get("delivery"))
    return tuple(
        Reported(provider=NAME, provider_id=key, receipt=receipt, error=error) for key in ids if key
    )


def _fields(post: Post) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            post.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_fields_max
        )
    except ValueError:
        raise Invalid("no form in UTF-8 within our limits") from None


TWILIO = Provider(is_genuine, reported)
