"""Where the next page of a list begins, as an opaque text that nobody else can write."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from kernel.errors import Flaw, Invalid

MAC_BYTES = 16


def write_cursor(key: bytes, scope: bytes, values: list[Any]) -> str:
    """The cursor for these sort values; it is good for the same scope (tenant, filters, sort)."""
    payload = orjson.dumps(values)
    return urlsafe_b64encode(_mac(key, scope, payload) + payload).decode().rstrip("=")


def read_cursor(key: bytes, scope: bytes, cursor: str) -> list[Any]:
    """The sort values of a cursor.

    Raises:
        Invalid: nothing that we wrote, or written for another list.
    """
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except ValueError:
        raise _foreign() from None
    mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, scope, payload)):
        raise _foreign()
    values: list[Any] = orjson.loads(payload)
    return values


def _mac(key: bytes, scope: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, len(scope).to_bytes(4, "big") + scope + payload, "sha256")[:MAC_BYTES]


def _foreign() -> Invalid:
    return Invalid("the cursor is not ours", (Flaw("/cursor", "take it from `next_cursor`"),))
