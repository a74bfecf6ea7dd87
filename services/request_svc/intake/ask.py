"""An ask: a question that came straight through Kafka, and who vouches for it.

The value is the JSON of `POST /api/v1/requests`. Headers, as Standard Webhooks names them:
`webhook-id` is the ask's id (a repeat with the same id is the same request), `webhook-timestamp`
the time of signing, `webhook-signature` the signature by the API key's signing secret, and
`handraise-key` the API key's id. The record's key is ignored.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Invalid, NotAllowed
from kernel.signatures import is_signed

TOLERANCE_SECONDS = 300
ID_MAX = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The bytes of a question, and what its headers say."""

    ask_id: str
    key_id: str
    timestamp: int
    signature: str
    body: bytes


def read_ask(headers: Iterable[tuple[str, bytes | None]], body: bytes | None) -> Ask:
    """The ask that a record holds.

    Raises:
        Invalid: a header is missing, doubled or makes no sense.
    """
    said: dict[str, str] = {}
    for name, value in headers:
        if name in said:
            raise Invalid(f"the header {name} stands there twice")
        said[name] = (value or b"").decode("ascii", errors="replace")
    names = ("webhook-id", "handraise-key", "webhook-timestamp", "webhook-signature")
    missing = [name for name in names if not said.get(name)]
    if missing:
        raise Invalid(f"headers are missing: {', '.join(missing)}")
    ask_id, key_id, timestamp, signature = (said[name] for name in names)
    if len(ask_id) > ID_MAX or "." in ask_id:
        raise Invalid(f"webhook-id has at most {ID_MAX} characters, and no dot")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= len("9999999999")):
        raise Invalid("webhook-timestamp is no number of seconds since 1970")
    return Ask(
        ask_id=ask_id,
        key_id=key_id,
        timestamp=int(timestamp),
        signature=signature,
        body=body or b"",
    )


def check_ask(ask: Ask, secrets: tuple[str, ...], received_at: datetime) -> None:
    """Makes sure that the key's owner signed the ask shortly before the broker got it.

    An old ask may wait in the topic for as long as it likes: the broker's stamp is what counts.

    Raises:
        NotAllowed: the signature is wrong, or too old when it came.
    """
    if abs(received_at.timestamp() - ask.timestamp) > TOLERANCE_SECONDS:
        raise NotAllowed(f"the ask was signed more than {TOLERANCE_SECONDS} s from its arrival")
    right = is_signed(
        ask.signature,
        secrets,
        message_id=ask.ask_id,
        timestamp=ask.timestamp,
        body=ask.body,
    )
    if not right:
        raise NotAllowed("the ask's signature is not by that key")
