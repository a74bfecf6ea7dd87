"""The agent: reads the change, weighs its risks, asks a person, and acts on the answer."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from handraise import (
    Agent,
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    Finished,
    NextEvent,
    TimedOut,
    answer_in,
)
from handraise.models import Json, Priority
from handraise.steps import Step
from handraise.topics import CODE_ANALYSIS_NEEDED, CODE_APPROVED, CODE_REJECTED

from examples.code_review.analysers import analyse
from examples.code_review.changes import Change, read_change
from examples.code_review.findings import Risk, Severity, risk_of
from examples.code_review.path_rules import affected_systems, findings_in

PRIORITIES: dict[Severity, Priority] = {
    Severity.CRITICAL: "urgent",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
}

DEADLINE_MINUTES = 60


class CodeReviewAgent(Agent):
    """Lets a change of low risk pass, and asks a person about every other."""

    agent_id = "code-review-agent"
    recipients: Sequence[str] = ()
    """The addresses that are told by e-mail."""

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Examine the change named by the state's `repository` and `range`; ask if it is risky."""
        change = await asyncio.to_thread(read_change, Path(state["repository"]), state["range"])
        await self.publish(CODE_ANALYSIS_NEEDED, workflow_id, _named(change))
        risk = risk_of([*findings_in(change.files), *await asyncio.to_thread(analyse, change)])
        if risk.level is Severity.LOW:
            verdict = _named(change) | {"approved_by": "policy", "risk": risk.level.value}
            return Finished((NextEvent(CODE_APPROVED, verdict),), {"decision": "approve"})
        return await self.pause(
            workflow_id,
            {**state, **_named(change), "risk": risk.level.value},
            title=f"Review: {change.subject}"[:255],
            description=(
                f"{change.author} changes {len(change.files)} files, {change.line_count} lines."
                f" The risk is {risk.level.value}."
            ),
            kind="code_review",
            context=_context(change, risk),
            priority=PRIORITIES[risk.level],
            timeout=DEADLINE_MINUTES,
            routing=_routing(self.recipients),
        )

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Approve or reject, as the person said; without a clear yes, nothing passes."""
        match answer_in(state):
            case Answered("approve", comment, responder_id=who):
                return _end(CODE_APPROVED, state, "approve", approved_by=who, comment=comment)
            case Answered(decision, comment, responder_id=who):
                return _end(CODE_REJECTED, state, decision, rejected_by=who, comment=comment)
            case ChangesRequested(comment, responder_id=who, request=request):
                await self.hand.cancel(request.id, "The author changes it and asks anew")
                return _end(CODE_REJECTED, state, "changes", rejected_by=who, comment=comment)
            case CouldNotComplete(comment, responder_id=who):
                return _end(CODE_REJECTED, state, "unclear", rejected_by=who, comment=comment)
            case TimedOut():
                return _end(CODE_REJECTED, state, "timed_out", comment="Nobody answered in time")
            case Cancelled(reason):
                return _end(CODE_REJECTED, state, "cancelled", comment=reason)


def _named(change: Change) -> dict[str, Any]:
    return {
        "repository": str(change.repository),
        "base": change.base,
        "head": change.head,
        "subject": change.subject,
    }


def _context(change: Change, risk: Risk) -> Json:
    return {
        "code_diff": change.shown_diff,
        "risk_assessment": risk.to_json(),
        "affected_systems": affected_systems(change.files),
        "repository": change.repository.name,
        "branch": change.head[:12],
        "author": change.author,
        "files": [
            {"path": file.path, "added": file.added, "removed": file.removed}
            for file in change.files
        ],
    }


def _routing(recipients: Sequence[str]) -> Json:
    routing: dict[str, Any] = {"channels": ["email", "web"]}
    if recipients:
        routing["recipients"] = [{"email": address} for address in recipients]
    return routing


def _end(event_type: str, state: dict[str, Any], decision: str, **told: str | None) -> Finished:
    about = {name: state[name] for name in ("repository", "base", "head", "subject", "risk")}
    return Finished((NextEvent(event_type, about | told),), {"decision": decision})
