"""Requests: opened, acted on, answered, read and listed."""

from api.rest.examples.facts import ANSWERED_AT, AT, HASH, ID, LATER, PERSON, URL, Example

OPENED: Example = {
    "id": ID,
    "workflow_id": "wf-abc123",
    "state": "pending",
    "created_at": AT,
    "timeout_at": LATER,
    "version": 1,
    "revision": 1,
    "content_hash": HASH,
    "url": URL,
}
UPLOADED: Example = {
    "id": ID,
    "name": "report.pdf",
    "sha256": HASH,
    "size": 48213,
    "type": "application/pdf",
}
ACCEPTED: Example = {
    "id": ID,
    "status": "accepted",
    "detail": "The command is recorded; what comes of it is not known yet.",
}
ACTED: Example = {
    "id": ID,
    "state": "assigned",
    "version": 3,
    "revision": 1,
    "priority": "high",
    "assigned_to": {"person": PERSON, "team": None},
    "escalation_level": 0,
    "timeout_at": LATER,
}
RESPONDED: Example = {
    "id": ID,
    "state": "responded",
    "version": 3,
    "response": {
        "decision": "approve",
        "comment": "Looks good, but add error handling for edge case X",
        "responder_id": PERSON,
        "responded_at": ANSWERED_AT,
    },
}
_listed: Example = {
    "id": ID,
    "workflow_id": "wf-abc123",
    "type": "approval",
    "title": "Review High-Risk Code Changes",
    "priority": "high",
    "principal_id": None,
    "agent_id": "code-review-agent",
    "requester": "agents/code-review",
    "state": "responded",
    "outcome": "answered",
    "version": 3,
    "assigned_to": None,
    "escalation_level": 0,
    "created_at": AT,
    "updated_at": ANSWERED_AT,
    "timeout_at": LATER,
    "url": URL,
}
REQUEST: Example = {
    **_listed,
    "checkpoint_id": "cp-xyz789",
    "description": "Complaint #42 requires database schema changes",
    "context": {"risk_assessment": {"level": "high"}},
    "form": None,
    "attachments": [],
    "decisions": [
        {"name": "approve", "label": "Approve", "means": "approve", "needs_comment": False}
    ],
    "routing": {"channels": ["email"], "recipients": [{"email": "senior-engineer@company.com"}]},
    "metadata": {"agent_id": "code-review-agent", "priority": "high"},
    "response": {
        "decision": "approve",
        "means": "approve",
        "comment": "Looks good",
        "data": None,
        "edited": None,
        "patch": None,
        "attachments": [],
        "responder_id": PERSON,
        "channel": "api",
        "revision": 1,
        "content_hash": HASH,
        "responded_at": ANSWERED_AT,
        "default": False,
        "seen": {
            "proven": True,
            "rendered": HASH,
            "revision": 1,
            "content_hash": HASH,
            "shown_at": AT,
            "opened": ["description", "diff"],
            "in_view_seconds": 41,
        },
        "rule": None,
    },
    "cancel_reason": None,
    "revision": 1,
    "content_hash": HASH,
    "callback_webhook": "https://agent-system.company.com/resume",
    "callback_status": "pending",
    "notified_at": AT,
    "assigned_at": None,
    "responded_at": ANSWERED_AT,
    "responded_by": PERSON,
    "callback_sent_at": None,
    "completed_at": None,
}
WAITED: Example = {**REQUEST, "done": True}
LIST: Example = {
    "items": [{**_listed, "revision": 1, "content_hash": HASH, "group": HASH[:32], "facets": {}}],
    "next_cursor": None,
    "counts": {
        "total": 1,
        "open": 0,
        "by_state": {"responded": 1},
        "by_kind": {"approval": 1},
        "by_priority": {"high": 1},
        "capped": False,
    },
}
