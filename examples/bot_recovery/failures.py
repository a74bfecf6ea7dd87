"""What kinds of failure there are, and how one is told from what the browser saw."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FailureType(StrEnum):
    """Why a phase could not go on."""

    CAPTCHA = "captcha"
    CHALLENGE = "challenge"
    CONTENT_REJECTED = "content_rejected"
    SITE_ERROR = "site_error"
    TIMEOUT = "timeout"
    BOT_CRASHED = "bot_crashed"
    UNKNOWN = "unknown"

    @property
    def spoken(self) -> str:
        """As people say it."""
        return self.replace("_", " ")


FOR_PEOPLE = frozenset({FailureType.CAPTCHA, FailureType.CHALLENGE})
"""These ask for a person. No setting and no measurement lets a bot try its luck with them."""

_SIGNS = (
    (
        FailureType.CAPTCHA,
        re.compile(r"captcha|not a robot|are you a (?:person|human)", re.IGNORECASE),
    ),
    (
        FailureType.CHALLENGE,
        re.compile(r"confirm (?:that )?it(?:'s| is) you|enter the code we sent", re.IGNORECASE),
    ),
    (
        FailureType.CONTENT_REJECTED,
        re.compile(r"was not published|against our (?:rules|guidelines)", re.IGNORECASE),
    ),
)
_FIRST_SERVER_ERROR = 500
_GAVE_UP_WAITING = (408, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the browser had before it when a step did not end as it should.

    `status` is that of the last page, None where none came.
    """

    url: str
    status: int | None
    text: str
    expected: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A failure with everything a person needs to see why; the screenshot is a PNG."""

    type: FailureType
    reason: str
    action: str
    url: str = ""
    page_text: str = ""
    screenshot: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAction:
    """One line of an account's timeline; `actor` is bot, watchdog, or a person's name."""

    at: datetime
    actor: str
    phase: str
    action: str
    target: str
    ok: bool
    detail: str


def classify(seen: Seen) -> tuple[FailureType, str]:
    """The type of a failure and the reason in a sentence.

    What the page says comes first: a captcha is one, whatever status it came with.
    """
    for kind, sign in _SIGNS:
        if sign.search(seen.text):
            return kind, _first_line(seen.text)
    if seen.timed_out:
        return FailureType.TIMEOUT, "The site did not answer in time"
    if seen.status in _GAVE_UP_WAITING:
        return FailureType.TIMEOUT, f"The site gave up waiting for itself ({seen.status})"
    if seen.status is not None and seen.status >= _FIRST_SERVER_ERROR:
        return FailureType.SITE_ERROR, f"The site answered with the error {seen.status}"
    return (
        FailureType.UNKNOWN,
        f"The page does not say “{seen.expected}”, but “{_first_line(seen.text)}”",
    )


def _first_line(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line), "nothing")[:200]
