"""Signs and verifies callbacks over their exact bytes: Standard Webhooks and the plain header.

Two forms, and the first decides where it is present at all:

* Standard Webhooks 1.0 (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`
  and `webhook-signature`, which lists one or more `v1,base64(HMAC-SHA256(id.timestamp.body))`;
  several while a secret rotates. Good for five minutes round its timestamp.
* `X-Webhook-Signature: sha256=hex(HMAC-SHA256(body))`. It bears no time, so that only the
  receiver's memory of what it has seen guards it against replay.

A secret is `whsec_` and base64, or any text. The first form is keyed with the decoded bytes
(of a plain text: with its bytes), the second always with the bytes of the whole text.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

from handraise.errors import BadSignature

TOLERANCE_SECONDS: Final = 300
"""How far a timestamp may lie in the past or in the future."""

_ID, _TIMESTAMP, _SIGNATURE = b"webhook-id", b"webhook-timestamp", b"webhook-signature"
_PLAIN: Final = b"x-webhook-signature"
_ENCODED: Final = "whsec_"
_WHOLE_SECONDS: Final = re.compile(rb"[0-9]{1,12}")

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[bytes, bytes]]
"""As frameworks give them: text by name, or the raw pairs of bytes of ASGI."""


def verify(headers: Headers, body: bytes, secrets: Sequence[str], *, now: float) -> str | None:
    """Make sure that one of `secrets` signed these bytes; raises `BadSignature` if none did.

    `now` is in unix seconds. Returns the `webhook-id`, the same on every retry of a callback,
    or None where only the plain form came.
    """
    given = _signature_headers(headers)
    if given.keys() & {_ID, _TIMESTAMP, _SIGNATURE}:
        return _verify_standard(given, body, secrets, now)
    if _PLAIN in given:
        _verify_plain(given[_PLAIN], body, secrets)
        return None
    raise BadSignature("The callback bears no signature")


def sign(secret: str, *, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of both forms for a callback; `timestamp` in unix seconds.

    Raises ValueError for an id that could be mistaken for another id and time (a dot in it).
    """
    if not webhook_id or "." in webhook_id or not webhook_id.isascii():
        raise ValueError(f"{webhook_id!r} can't be a webhook id")
    signature = _standard(secret, webhook_id.encode(), str(timestamp).encode(), body)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature.decode(),
        "X-Webhook-Signature": _plain(secret, body).decode(),
    }


def checked_secret(secret: str) -> str:
    """The secret, if it can be one. Raises ValueError when it is empty or not base64."""
    if not _key(secret):
        raise ValueError("An empty secret would let anybody sign")
    return secret


def _verify_standard(
    given: Mapping[bytes, bytes], body: bytes, secrets: Sequence[str], now: float
) -> str:
    try:
        webhook_id, timestamp, listed = given[_ID], given[_TIMESTAMP], given[_SIGNATURE]
    except KeyError as missing:
        raise BadSignature("A webhook header is missing") from missing
    if not webhook_id or b"." in webhook_id or not webhook_id.isascii():
        raise BadSignature("The webhook id is malformed")
    if not _WHOLE_SECONDS.fullmatch(timestamp):
        raise BadSignature("The webhook timestamp is not a number of seconds")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("The webhook timestamp is too old or too new")
    offered = listed.split(b" ")
    wanted = [_standard(secret, webhook_id, timestamp, body) for secret in secrets]
    if not _any_equal(offered, wanted):
        raise BadSignature("No webhook signature matches")
    return webhook_id.decode("ascii")


def _verify_plain(offered: bytes, body: bytes, secrets: Sequence[str]) -> None:
    if not _any_equal([offered], [_plain(secret, body) for secret in secrets]):
        raise BadSignature("The callback's signature does not match")


def _any_equal(offered: Sequence[bytes], wanted: Sequence[bytes]) -> bool:
    """Compare all with all, in a time that does not tell where they differ."""
    equal = False
    for one in offered:
        for other in wanted:
            equal |= hmac.compare_digest(one, other)
    return equal


def _standard(secret: str, webhook_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    signed = b".".join((webhook_id, timestamp, body))
    return b"v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256))


def _plain(secret: str, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _key(secret: str) -> bytes:
    if not secret.startswith(_ENCODED):
        return secret.encode()
    encoded = secret.removeprefix(_ENCODED)
    padded = encoded + "=" * (-len(encoded) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except binascii.Error as wrong:
        raise ValueError("What follows whsec_ in the secret is not base64") from wrong


def _signature_headers(headers: Headers) -> dict[bytes, bytes]:
    pairs = _raw(cast("Mapping[str, str]", headers)) if isinstance(headers, Mapping) else headers
    found: dict[bytes, bytes] = {}
    for raw_name, value in pairs:
        name = raw_name.lower()
        if name not in (_ID, _TIMESTAMP, _SIGNATURE, _PLAIN):
            continue
        if name in found:
            raise BadSignature("A signature header came twice")
        found[name] = value
    return found


def _raw(headers: Mapping[str, str]) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers.items():
        yield name.encode("utf-8", "replace"), value.encode("utf-8", "replace")
