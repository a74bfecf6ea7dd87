"""Signs and verifies exact bytes as Standard Webhooks 1.0 does (https://www.standardwebhooks.com).

HMAC-SHA256 over `id.timestamp.body`, keyed with what `whsec_` encodes (of any other text: with its
bytes); several signatures stand side by side while a secret rotates. Callbacks are signed so, and
so are asks that come straight through Kafka.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence

from kernel.errors import Invalid

_PREFIX = "whsec_"
SIGNATURES_MAX = 20


def key_of(secret: str) -> bytes:
    """The key that Standard Webhooks makes of a secret.

    Raises:
        Invalid: it is empty or badly encoded.
    """
    key = secret.encode()
    if secret.startswith(_PREFIX):
        encoded = secret.removeprefix(_PREFIX)
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except binascii.Error as error:
            raise Invalid("what follows whsec_ in the secret is not base64") from error
    if not key:
        raise Invalid("an empty secret would let anybody sign")
    return key


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, `v1,` and base64; `timestamp` in seconds since 1970.

    Raises:
        Invalid: as `key_of`.
    """
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    digest = hmac.digest(key_of(secret), signed, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def is_signed(
    given: str, secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes
) -> bool:
    """Whether one of the signatures in a header is by one of the secrets."""
    wanted = [
        signature(secret, message_id=message_id, timestamp=timestamp, body=body).encode()
        for secret in secrets
    ]
    offered = [one.encode() for one in given.split(" ")[:SIGNATURES_MAX]]
    return any(hmac.compare_digest(one, right) for one in offered for right in wanted)
