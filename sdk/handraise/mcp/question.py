"""What a tool was told, as the body of a question."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from handraise.question import body_of


def idempotency_key(named: str | None) -> str:
    """The key for what the model has named, in words of any kind, or a fresh one."""
    if named is None:
        return str(uuid.uuid4())
    return f"mcp-{hashlib.sha256(named.encode()).hexdigest()[:40]}"


def body(
    *,
    title: str,
    description: str | None,
    context: Mapping[str, Any] | None,
    kind: str | None,
    decisions: Sequence[str] | None,
    form: Mapping[str, Any] | None,
    priority: str | None,
    principal_id: str | None,
    teams: Sequence[str] | None,
    notify_emails: Sequence[str] | None,
    deadline_minutes: float | None,
) -> dict[str, Any]:
    """The JSON body that opens it. Raises ValueError for an empty title."""
    routing: dict[str, Any] = {}
    if teams:
        routing["teams"] = list(teams)
    if notify_emails:
        routing["recipients"] = [{"email": address} for address in notify_emails]
    said: dict[str, Any] = {
        "title": title,
        "description": description,
        "context": context,
        "kind": kind,
        "decisions": decisions,
        "form": form,
        "priority": priority,
        "principal_id": principal_id,
        "routing": routing or None,
        "timeout": deadline_minutes,
    }
    given: Any = {name: value for name, value in said.items() if value is not None}
    return body_of(given)
