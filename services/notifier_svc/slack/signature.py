"""Tells calls by Slack from forged, old and repeated ones.

https://docs.slack.dev/authentication/verifying-requests-from-slack: `v0=` and the HMAC-SHA256, in
hex, over `v0:<timestamp>:<raw body>`, keyed with the app's signing secret.
"""

import hmac
import re
from collections import OrderedDict
from datetime import datetime

TIMESTAMP, SIGNATURE, RETRY = (
    "x-slack-request-timestamp",
    "x-slack-signature",
    "x-slack-retry-num",
)
WINDOW_SECONDS = 300
MOST_REMEMBERED = 50_000
_timestamp = re.compile(r"[0-9]{1,12}")
_nobodys = "0" * 64
"""Stands in for a secret where there is none, so that finding none takes as long."""


def slack_signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return f"v0={hmac.digest(secret.encode(), base, 'sha256').hex()}"


def is_from_slack(
    secret: str | None, *, timestamp: str, signature: str, body: bytes, now: datetime
) -> bool:
    """Whether a call was signed with this secret within the last five minutes, or the next."""
    fresh = bool(_timestamp.fullmatch(timestamp)) and (
        abs(now.timestamp() - int(timestamp)) <= WINDOW_SECONDS
    )
    wanted = slack_signature(secret or _nobodys, timestamp, body)
    right = hmac.compare_digest(wanted.encode(), signature.encode())
    return fresh and right and secret is not None


class Seen:
    """The signatures that this process has taken of late; each counts once.

    What another process took is the same command there, so that this only spares the work.
    """

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def take(self, signature: str, now: datetime) -> bool:
        """Takes a signature; False where it was taken before."""
        at = now.timestamp()
        while self._until and next(iter(self._until.values())) < at:
            self._until.popitem(last=False)
        if signature in self._until:
            return False
        self._until[signature] = at + 2 * WINDOW_SECONDS
        if len(self._until) > MOST_REMEMBERED:
            self._until.popitem(last=False)
        return True
