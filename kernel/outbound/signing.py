"""Signs the exact bytes of what we post to others in two forms: Standard Webhooks, plain header.

The first signs id, time and body (`kernel.signatures`). The plain header signs the body alone,
keyed with the bytes of the secret's whole text.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from kernel.errors import Invalid
from kernel.signatures import signature

_SIGNATURES, _PLAIN = "webhook-signature", "X-Webhook-Signature"


def signed_headers(
    secrets: Sequence[str], *, webhook_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers that prove where a callback comes from; `timestamp` in seconds since 1970.

    While a secret rotates there are several, the newest first: the first form then bears a
    signature by each, the plain header, which holds but one, the newest's.

    Raises:
        Invalid: there is no secret, or one is empty or badly encoded.
    """
    if not secrets:
        raise Invalid("there is no secret to sign with")
    signatures = [
        signature(secret, message_id=webhook_id, timestamp=timestamp, body=body)
        for secret in secrets
    ]
    plain = hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        _SIGNATURES: " ".join(signatures),
        _PLAIN: f"sha256={plain}",
    }


def without_signatures(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as they may be kept: how many signatures there were, and none of them."""
    count = len(headers[_SIGNATURES].split())
    return {**headers, _SIGNATURES: " ".join(["v1,***"] * count), _PLAIN: "sha256=***"}
