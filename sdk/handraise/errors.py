"""What can go wrong, drawn as a tree; every class says whether trying again helps.

::

    HandraiseError
    ├── NotConfigured       no    the service's address or the key is missing or unusable
    ├── Unreachable         yes   no answer: refused, cut or too slow
    ├── Unconfirmed         yes   202: taken, but its outcome is not known yet (same key!)
    ├── UnexpectedReply     no    something answered that is not Handraise
    ├── StillOpen           yes   the wait ended before the request did
    ├── BadSignature        no    a callback that the service did not sign, or not just now
    ├── UnknownCheckpoint   no    an answer to a pause that this store never held
    ├── ExpiredCheckpoint   no    an answer to a pause that was cleaned up
    ├── Busy                yes   another process is resuming this workflow right now
    └── Refused             no    the service said no, as an RFC 9457 problem
        ├── NotSignedIn     no    401
        ├── NotAllowed      no    403
        ├── NotFound        no    404
        ├── Conflict        no    409, `current_state` tells where the request stands
        │   ├── AlreadyDecided    no    another answer won: see `winner`
        │   ├── StaleRevision     no    the question was revised meanwhile: read it again
        │   ├── HeldByAnother     no    somebody else has claimed it
        │   └── TooLate           no    the deadline came first
        ├── Gone            no    410: closed long ago, or the command came too late
        ├── TooLarge        no    413
        ├── Invalid         no    422 and other 4xx, `errors` names the fields
        ├── TooManyRequests yes   429, `retry_after_seconds`
        └── Unavailable     yes   5xx, `retry_after_seconds`

What keeps a function from running that needs an approval is in `handraise.approvals.refusals`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class HandraiseError(Exception):
    """Something we foresaw went wrong; the message says what."""

    retriable: ClassVar[bool] = False
    """Whether doing the same thing again, later, can succeed."""

    retry_after_seconds: float | None = None
    """How long the service asked us to wait, where it did."""


class NotConfigured(HandraiseError):
    """The address of the service or the key is missing or unusable."""


class Unreachable(HandraiseError):
    """The service gave no answer: connection refused, cut or too slow."""

    retriable = True


class Unconfirmed(HandraiseError):
    """The service took the command but could not say its outcome in time (202).

    Sending it again with the same idempotency key is safe and brings the outcome.
    """

    retriable = True

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UnexpectedReply(HandraiseError):
    """What answered does not speak as Handraise does; the address may be wrong."""


class StillOpen(HandraiseError):
    """The wait ended before the request did; it stays open, wait for it again."""

    retriable = True


class BadSignature(HandraiseError):
    """A callback that the service did not sign, or that is too old or from the future."""


class UnknownCheckpoint(HandraiseError):
    """An answer to a pause that this store never held."""


class ExpiredCheckpoint(HandraiseError):
    """An answer to a pause whose checkpoint was cleaned up when it expired."""


class Busy(HandraiseError):
    """Another process is resuming this workflow right now."""

    retriable = True


class Refused(HandraiseError):
    """The service said no (RFC 9457).

    Attributes: `status` the HTTP status; `code` the refusal's word, such as
    `already_decided`; `title` and `detail` sentences; `current_state` where the request
    stands; `winner` what closed it, where there was a race; `errors` one entry per bad field;
    `problem` all the members that came.
    """

    def __init__(
        self,
        status: int,
        problem: Mapping[str, Any],
        *,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code: str | None = self._text("code")
        self.title = self._text("title") or f"HTTP {status}"
        self.detail: str | None = self._text("detail")
        self.current_state: str | None = self._text("current_state")
        self.winner: Any = problem.get("winner")
        self.errors: Sequence[Any] = problem.get("errors") or ()
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{self.title}: {self.detail}" if self.detail else self.title)

    def _text(self, name: str) -> str | None:
        value = self.problem.get(name)
        return None if value is None else str(value)


class NotSignedIn(Refused):
    """The key or token is missing, wrong, revoked or too old (401)."""


class NotAllowed(Refused):
    """This credential may not do that (403)."""


class NotFound(Refused):
    """No such request for this credential (404)."""


class Conflict(Refused):
    """The request is not in a state that allows this (409); see `current_state`."""


class AlreadyDecided(Conflict):
    """Another answer, the deadline or a cancellation won (409); see `winner`."""


class StaleRevision(Conflict):
    """The answer was made for an earlier revision of the question (409)."""


class HeldByAnother(Conflict):
    """Somebody else has claimed the request (409)."""


class TooLate(Conflict):
    """The answer came after the deadline (409); see `winner`."""


class Gone(Refused):
    """The request was closed long ago, or the command reached the service too late (410)."""


class TooLarge(Refused):
    """The body is larger than the service takes (413)."""


class Invalid(Refused):
    """The service won't take what was sent (422 or another 4xx); `errors` names the fields."""


class TooManyRequests(Refused):
    """Slow down (429); see `retry_after_seconds`."""

    retriable = True


class Unavailable(Refused):
    """The service can't work just now (5xx); see `retry_after_seconds`."""

    retriable = True
