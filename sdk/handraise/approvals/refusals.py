"""Why a call that needs an approval is not made, drawn as a tree.

::

    HandraiseError
    ├── NoJsonForm            no    an argument can't be shown to a person, so nobody was asked
    ├── ApprovalPending       yes   nobody has decided yet: come back with the same call
    └── ApprovalRefused       no    the function was not called; `reason` is the word in brackets
        ├── ApprovalRejected  no    (rejected) somebody decided otherwise
        ├── ApprovalTimedOut  no    (timed_out) nobody decided in time
        ├── ApprovalCancelled no    (cancelled) the question was withdrawn
        ├── ApprovalChanged   no    (changed) this is not the call that was approved
        ├── ApprovalStale     no    (stale) the approval was valid once, and is no more
        └── ApprovalSpent     no    (spent) a call was made with this approval already
"""

from typing import ClassVar

from handraise.errors import HandraiseError


class NoJsonForm(HandraiseError, TypeError):
    """An argument has no JSON form, so that it can't be shown, nor an approval be bound to it."""


class ApprovalPending(HandraiseError):
    """Nobody has decided yet. Make the same call again later, and it goes on where it was."""

    retriable = True

    def __init__(self, request_id: str, url: str | None = None) -> None:
        """`url` is the page where a person can decide."""
        super().__init__(f"Request {request_id} waits for a decision")
        self.request_id = request_id
        self.url = url


class ApprovalRefused(HandraiseError):
    """The function was not called, and will not be by this approval."""

    reason: ClassVar[str]

    def __init__(self, request_id: str, message: str, *, comment: str | None = None) -> None:
        """`comment` is what the person who decided said."""
        super().__init__(message)
        self.request_id = request_id
        self.comment = comment


class ApprovalRejected(ApprovalRefused):
    """Somebody decided something that does not mean to approve."""

    reason = "rejected"


class ApprovalTimedOut(ApprovalRefused):
    """Nobody decided in time. Silence is no approval, whatever the kind answers by default."""

    reason = "timed_out"


class ApprovalCancelled(ApprovalRefused):
    """The question was withdrawn."""

    reason = "cancelled"


class ApprovalChanged(ApprovalRefused):
    """The function or its arguments are not those that were approved."""

    reason = "changed"


class ApprovalStale(ApprovalRefused):
    """The approval holds no receipt that is still valid."""

    reason = "stale"


class ApprovalSpent(ApprovalRefused):
    """A call was made, or begun, with this approval already."""

    reason = "spent"
