"""What a request at Handraise means for the review that it asks for; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from handraise import Request
from handraise.models import HistoryEntry

from examples.creator_reviews.ledger import Settlement


class ReviewStatus(StrEnum):
    """How far the review of an execution has come."""

    NONE = "NONE"
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class ExecutionStatus(StrEnum):
    """Where an execution stands."""

    COMPLETED = "COMPLETED"
    AWAITING_REVIEW = "AWAITING_REVIEW"


OUTPUT, PARAMETERS = "output", "parameters"
_UNDER_WAY = ("assigned", "in_progress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a version of the request says.

    `outcome` is None while it is open; then answered, could_not_complete, timed_out, cancelled, or
    refused where it was never taken. `edited_output` is the output as the creator wrote it,
    `parameters` those that the creator had it run with again.
    """

    request_id: str | None
    version: int
    review_status: ReviewStatus
    outcome: str | None = None
    decision: str | None = None
    response_note: str | None = None
    reviewed_at: datetime | None = None
    edited_output: str | None = None
    parameters: Mapping[str, Any] | None = None

    @property
    def settlement(self) -> Settlement | None:
        """What becomes of the price: only an answer is paid for."""
        if self.outcome is None:
            return None
        return Settlement.TAKEN if self.outcome == "answered" else Settlement.REFUNDED


@dataclass(frozen=True, slots=True)
class Saying:
    """A turn of the conversation, known by the version of the request that it made."""

    version: int
    by_creator: bool
    text: str
    at: datetime


def standing_of(request: Request) -> Standing:
    """What the request says as it is now."""
    said, version = request.response, request.version or 0
    if request.outcome is None:
        under_way = request.state in _UNDER_WAY
        status = ReviewStatus.IN_PROGRESS if under_way else ReviewStatus.PENDING
        return Standing(request_id=request.id, version=version, review_status=status)
    if request.outcome not in ("answered", "could_not_complete") or said is None:
        return Standing(
            request_id=request.id,
            version=version,
            review_status=ReviewStatus.NONE,
            outcome=request.outcome,
            response_note=request.reason,
        )
    return Standing(
        request_id=request.id,
        version=version,
        review_status=ReviewStatus.COMPLETED,
        outcome=request.outcome,
        decision=said.decision,
        response_note=said.comment,
        reviewed_at=said.responded_at,
        edited_output=_text_in(said.edited) if said.decision == "edit" else None,
        parameters=_parameters_in(said.data) if said.decision == "rerun" else None,
    )


def never_taken(why: str) -> Standing:
    """Handraise would not take the question."""
    return Standing(
        request_id=None,
        version=0,
        review_status=ReviewStatus.NONE,
        outcome="refused",
        response_note=why,
    )


def sayings_of(history: Iterable[HistoryEntry]) -> tuple[Saying, ...]:
    """The turns of the conversation: the user's come by our key, all others are the creator's."""
    return tuple(
        Saying(
            entry.version or 0,
            dict(entry.actor or {}).get("kind") == "person",
            str(entry.data.get("text") or ""),
            entry.at,
        )
        for entry in history
        if entry.event == "Commented"
    )


def _text_in(edited: Any) -> str | None:
    output = edited.get(OUTPUT) if isinstance(edited, dict) else None
    return output if isinstance(output, str) else None


def _parameters_in(data: Any) -> Mapping[str, Any]:
    given = data.get(PARAMETERS) if isinstance(data, dict) else None
    return given if isinstance(given, dict) else {}
