"""What an answer means for a change: only a clear yes lets it pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handraise import (
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    Outcome,
    TimedOut,
)

APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision's word, what was said, and by whom."""

    decision: str
    comment: str | None
    who: str | None = None

    @property
    def is_yes(self) -> bool:
        """Whether the change may pass, as far as this answer goes."""
        return self.decision == APPROVE


def verdict(outcome: Outcome) -> Verdict:
    """The verdict in an answer, or in the lack of one."""
    match outcome:
        case Answered(decision, comment, responder_id=who):
            return Verdict(decision, comment, who)
        case ChangesRequested(comment, responder_id=who):
            return Verdict("changes", comment, who)
        case CouldNotComplete(comment, responder_id=who):
            return Verdict("unclear", comment, who)
        case TimedOut():
            return Verdict("timed_out", "Nobody answered in time")
        case Cancelled(reason):
            return Verdict("cancelled", reason)


def approvers(state: Mapping[str, Any]) -> list[str]:
    """Who has said yes so far, of all whom a workflow asked."""
    return [
        str(answer["response"].get("responder_id"))
        for answer in state.get("answers", {}).values()
        if answer.get("outcome") == "answered"
        and (answer.get("response") or {}).get("decision") == APPROVE
    ]
