"""Whether a decided request lets a call through, and what the service's refusal to spend means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from handraise.approvals.binding import Terms
from handraise.approvals.canonical import canonical
from handraise.approvals.refusals import (
    ApprovalCancelled,
    ApprovalChanged,
    ApprovalRefused,
    ApprovalRejected,
    ApprovalSpent,
    ApprovalStale,
    ApprovalTimedOut,
)
from handraise.errors import Refused, UnexpectedReply
from handraise.models import Json, Request
from handraise.outcomes import Answered, Cancelled, Outcome, TimedOut

_APPROVE: Final = "approve"
_BOUND: Final = ("function", "arguments", "types")

_UNSPENDABLE: Final[Mapping[str, tuple[type[ApprovalRefused], str]]] = {
    "spent": (ApprovalSpent, "A call was made with this approval already; ask under another key"),
    "late": (ApprovalStale, "This approval is no longer valid"),
    "expired": (ApprovalStale, "This approval is no longer valid"),
    "wrong_state": (ApprovalStale, "This approval can't be spent: its kind gives no `receipt`"),
    "stale_revision": (ApprovalChanged, "Something else was approved"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An approval of a call, still to be spent; with `edited` arguments if a reviewer said so."""

    request_id: str
    content_hash: str
    edited: Json | None = None


def judge(outcome: Outcome, terms: Terms, *, use_edited: bool) -> Grant:
    """The grant that an outcome gives to a call with these terms; or raises ApprovalRefused."""
    request = _approved(outcome)
    asked = _bound(request.context)
    if canonical(asked) != canonical(_bound(terms.context())):
        raise ApprovalChanged(
            request.id, f"{terms.function} was approved with other arguments than these"
        )
    if request.content_hash is None:
        raise UnexpectedReply(f"Request {request.id} came without its content_hash")
    edited = _edit(request, asked)
    if edited is not None and not use_edited:
        raise ApprovalChanged(
            request.id, f"{terms.function} was approved with edits, and this call takes none"
        )
    return Grant(request_id=request.id, content_hash=request.content_hash, edited=edited)


def unspendable(request_id: str, refusal: Refused) -> ApprovalRefused | None:
    """What it means that the service would not spend an approval; None if it is another trouble."""
    if refusal.code not in _UNSPENDABLE:
        return None
    kind, meaning = _UNSPENDABLE[refusal.code]
    return kind(request_id, f"{meaning} ({refusal.detail})" if refusal.detail else meaning)


def _approved(outcome: Outcome) -> Request:
    request = outcome.request
    match outcome:
        case TimedOut():
            raise ApprovalTimedOut(request.id, "Nobody decided in time")
        case Cancelled(reason):
            raise ApprovalCancelled(request.id, reason or "The question was withdrawn")
        case Answered() if request.response is not None and request.response.means == _APPROVE:
            return request
        case _:
            said = request.response
            decision = said.decision if said else None
            comment = said.comment if said else None
            message = f"Decided: {decision}" + (f" ({comment})" if comment else "")
            raise ApprovalRejected(request.id, message, comment=comment)


def _bound(context: Json | None) -> dict[str, Any]:
    """The part of a context to which an approval is bound; what explains it is left aside."""
    return {name: context[name] for name in _BOUND if context and name in context}


def _edit(request: Request, asked: Json) -> Json | None:
    """The arguments as the reviewer would have them, where they differ."""
    edited = request.response.edited if request.response else None
    if edited is None:
        return None
    wanted = _bound(cast("Json", edited)) if isinstance(edited, Mapping) else {}
    if canonical(wanted) == canonical(asked):
        return None
    arguments = wanted.get("arguments")
    same = {**wanted, "arguments": None} == {**asked, "arguments": None}
    if not same or not isinstance(arguments, Mapping):
        raise ApprovalChanged(request.id, "The edit changes more than the arguments")
    return cast("Json", arguments)
