"""Public-safe links to requests: signed, good for 30 days, showing no content and no names."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

GOOD_FOR = timedelta(days=30)
MAX_CHARS = 600


@dataclass(frozen=True, slots=True)
class Share:
    """Which request a link shows, and until when."""

    tenant: str
    request_id: str
    until: datetime


def token_of(key: bytes, share: Share) -> str:
    """The link's token: what it shows in base64url, and its HMAC-SHA256."""
    told = orjson.dumps([share.tenant, share.request_id, int(share.until.timestamp())])
    return f"{_text(told)}.{_text(_mac(key, told))}"


def share_in(token: str, key: bytes, now: datetime) -> Share | None:
    """What a token shows; None where it is none of ours, or its time is over."""
    told, dot, mac = token[:MAX_CHARS].partition(".")
    try:
        raw, given = _bytes(told), _bytes(mac)
    except (binascii.Error, ValueError):
        return None
    if not dot or not hmac.compare_digest(_mac(key, raw), given):
        return None
    tenant, request_id, until = orjson.loads(raw)
    share = Share(tenant, request_id, datetime.fromtimestamp(until, UTC))
    return share if now < share.until else None


def _mac(key: bytes, told: bytes) -> bytes:
    return hmac.new(key, b"share\0" + told, hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
