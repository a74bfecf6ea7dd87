"""What people are asked about a change: may it be merged, and may it change the database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from handraise.models import Json, Priority
from handraise.question import Asking

from examples.code_review.changes import Change, diff_of
from examples.code_review.findings import Risk, Severity
from examples.code_review.path_rules import affected_systems, schema_files

_PRIORITIES: dict[Severity, Priority] = {
    Severity.CRITICAL: "urgent",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
}


def code_question(
    change: Change, risk: Risk, recipients: Sequence[str], deadline: timedelta
) -> Asking:
    """Asks a reviewer to read the whole change; `recipients` are addresses told by e-mail."""
    return Asking(
        title=f"Review: {change.subject}"[:255],
        description=(
            f"{change.author} changes {len(change.files)} files, {change.line_count} lines."
            f" The risk is {risk.level.value}."
        ),
        kind="code_review",
        context=_context(change, risk),
        priority=_PRIORITIES[risk.level],
        routing=_routing(recipients),
        timeout=deadline,
    )


def schema_question(change: Change, deadline: timedelta) -> Asking | None:
    """Asks the owner of the database about the files that change it; None where none does."""
    files = schema_files(change.files)
    if not files:
        return None
    return Asking(
        title=f"Database: {change.subject}"[:255],
        description=f"{change.author} changes the database's schema in {', '.join(files)}.",
        kind="schema_change",
        context={
            "code_diff": diff_of(change, files),
            "files": files,
            "repository": change.repository.name,
            "branch": change.head[:12],
        },
        priority="high",
        timeout=deadline,
    )


def named(change: Change) -> dict[str, Any]:
    """What tells one change from another, for states and events."""
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
