"""How a request can end, as types to `match` on.

::

    match await hand.ask(title="Refund order A-17?", context={"amount": 240}):
        case Answered("approve", comment):    ...
        case Answered(decision):              ...
        case CouldNotComplete(comment):       ...
        case TimedOut(response):              ...   # the policy's response, where it gave one
        case Cancelled(reason):               ...
        case ChangesRequested(comment):       ...   # not the end: revise, then wait again
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from handraise.errors import StillOpen, UnexpectedReply
from handraise.models import Request, Response


@dataclass(frozen=True, slots=True)
class Answered:
    """A person decided. `decision` is one of the words that the kind offers."""

    decision: str
    comment: str | None
    data: Any
    """What the request's form asked for, or None."""
    edited: Any
    """The content as the reviewer changed it, or None."""
    responder_id: str | None
    responded_at: datetime | None
    request: Request


@dataclass(frozen=True, slots=True)
class CouldNotComplete:
    """A person took it on and says that it can't be done."""

    comment: str | None
    data: Any
    responder_id: str | None
    responded_at: datetime | None
    request: Request


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nobody answered before the deadline.

    `response` is what the request's policy put in the place of an answer (approve, reject or
    a default answer), or None where it gave nothing.
    """

    response: Response | None
    request: Request


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The request was withdrawn."""

    reason: str | None
    request: Request


@dataclass(frozen=True, slots=True)
class ChangesRequested:
    """A reviewer wants the question changed; not the end of it.

    `revise` the request before `revise_by` and wait again, or it times out.
    """

    comment: str | None
    data: Any
    responder_id: str | None
    responded_at: datetime | None
    revise_by: datetime | None
    request: Request


Outcome: TypeAlias = Answered | CouldNotComplete | TimedOut | Cancelled | ChangesRequested


def outcome_of(request: Request) -> Outcome:
    """The outcome of a request that is closed or wants changes.

    Raises `StillOpen` for one that is neither, and `UnexpectedReply` for an outcome that this
    version of the SDK does not know.
    """
    said = request.response or Response()
    who, when = said.responder_id, said.responded_at
    match request.outcome:
        case "answered":
            return Answered(
                said.decision or "", said.comment, said.data, said.edited, who, when, request
            )
        case "could_not_complete":
            return CouldNotComplete(said.comment, said.data, who, when, request)
        case "timed_out":
            return TimedOut(request.response, request)
        case "cancelled":
            return Cancelled(request.reason or said.comment, request)
        case None if request.wants_changes:
            return ChangesRequested(said.comment, said.data, who, when, request.timeout_at, request)
        case None:
            raise StillOpen(f"Request {request.id} is still {request.state}")
        case other:
            raise UnexpectedReply(f"Request {request.id} has the unknown outcome {other!r}")
