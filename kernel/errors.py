"""The errors that we foresee, and whether trying again helps.

    HandraiseError
    ├── Unreadable            bytes that no schema of ours explains
    ├── NotFound              what was asked for is not there (for this tenant)
    ├── NotAllowed            the credential does not reach that far
    ├── Invalid               input that fails validation; names each place
    ├── Unavailable           a part we need is away; retriable
    ├── LogCut                a stored head no longer matches the log; an operator is needed
    ├── CommandsLost          the command topic lacks offsets that were never decided
    └── Misconfigured         the settings can't work; nothing was started

A refusal is not an error: it is a value on the log (see `event_schemas.types.Refusal`).
"""

from dataclasses import dataclass
from typing import ClassVar


class HandraiseError(Exception):
    """Something that we foresaw went wrong."""

    retriable: ClassVar[bool] = False
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"


class Unreadable(HandraiseError):
    """Bytes that no schema of ours explains."""

    status, code = 422, "unreadable"


class NotFound(HandraiseError):
    """There is no such thing, or not for you."""

    status, code = 404, "unknown"


class NotAllowed(HandraiseError):
    """The credential does not allow this."""

    status, code = 403, "not_allowed"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with an input: where (JSON pointer, RFC 6901) and what."""

    pointer: str
    detail: str


class Invalid(HandraiseError):
    """The input is not valid."""

    status, code = 422, "invalid"

    def __init__(self, detail: str, flaws: tuple[Flaw, ...] = ()) -> None:
        super().__init__(detail)
        self.flaws = flaws


class Unavailable(HandraiseError):
    """A part that is needed for this is away; try again."""

    retriable = True
    status, code = 503, "unavailable"

    def __init__(self, detail: str, retry_after_seconds: int = 2) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class LogCut(HandraiseError):
    """The log no longer holds what a stored head says it held."""


class CommandsLost(HandraiseError):
    """Commands between the head and the command topic's ends are gone."""


class Misconfigured(HandraiseError):
    """The settings can't work."""
