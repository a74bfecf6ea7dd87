"""One example of each document; a test holds them against their models."""

from typing import Any

from api import problems
from api.rest.inputs import (
    AssignInput,
    CommentInput,
    ExtendInput,
    NothingInput,
    ReasonInput,
    ReprioritiseInput,
    RespondInput,
    SignInInput,
)
from kernel.question import Input, Question, Revision

Example = dict[str, Any]

ID = "0b7c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a11"
HASH = "5f2b0f6c9f2d4d0a8f1e3c7b6a59483726150f1e2d3c4b5a69788796a5b4c3d2"
AT = "2026-01-15T10:30:00Z"
LATER = "2026-01-16T10:30:00Z"
ANSWERED_AT = "2026-01-15T11:00:00Z"
URL = f"https://handraise.example/requests/{ID}"

BODIES: dict[type[Input], Example] = {
    Question: {
        "workflow_id": "wf-abc123",
        "checkpoint_id": "cp-xyz789",
        "type": "approval",
        "title": "Review High-Risk Code Changes",
        "description": "Complaint #42 requires database schema changes",
        "context": {
            "code_diff": "--- a/pay.py\n+++ b/pay.py\n@@ -1 +1 @@\n-old\n+new\n",
            "risk_assessment": {"level": "high"},
            "affected_systems": ["payments", "user-auth"],
        },
        "routing": {
            "channels": ["email", "slack"],
            "recipients": [{"email": "senior-engineer@company.com"}, {"slack_user_id": "U123456"}],
        },
        "callback_webhook": "https://agent-system.company.com/resume",
        "timeout_minutes": 1440,
        "metadata": {"agent_id": "code-review-agent", "priority": "high"},
    },
    RespondInput: {
        "decision": "approve",
        "comment": "Looks good, but add error handling for edge case X",
        "revision": 1,
        "content_hash": HASH,
        "attachments": [],
    },
    Revision: {"context": {"code_diff": "…"}, "note": "Error handling added"},
    AssignInput: {"assignee": {"person": "kim@company.com"}, "reason": "knows the refund path"},
    CommentInput: {"text": "Is the index used by the nightly report?"},
    ExtendInput: {"minutes": 120, "reason": "the reviewer is travelling"},
    ReprioritiseInput: {"priority": "urgent"},
    ReasonInput: {"reason": "the change was reverted"},
    NothingInput: {},
    SignInInput: {"email": "kim@company.com", "password": "correct horse battery staple"},
}

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
    "assigned_to": {"person": "kim@company.com", "team": None},
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
        "responder_id": "kim@company.com",
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
        "responder_id": "kim@company.com",
        "channel": "api",
        "revision": 1,
        "content_hash": HASH,
        "responded_at": ANSWERED_AT,
        "default": False,
    },
    "revision": 1,
    "content_hash": HASH,
    "callback_webhook": "https://agent-system.company.com/resume",
    "callback_status": "pending",
    "notified_at": AT,
    "assigned_at": None,
    "responded_at": ANSWERED_AT,
    "responded_by": "kim@company.com",
    "callback_sent_at": None,
    "completed_at": None,
}
WAITED: Example = {**REQUEST, "done": True}
LIST: Example = {
    "items": [{**_listed, "facets": {}}],
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


def problem(code: str) -> Example:
    """An example of a problem."""
    kind = problems.KINDS[code]
    return {
        "type": problems.TYPE_PREFIX + code,
        "title": kind.title,
        "status": kind.status,
        "detail": "What happened this time, in a sentence.",
        "instance": f"/api/v1/requests/{ID}",
        "code": code,
    }


HISTORY: Example = {
    "items": [
        {
            "at": ANSWERED_AT,
            "event": "Received",
            "actor": {"kind": "person", "id": "kim@company.com", "via": None, "channel": "api"},
            "version": 3,
            "data": {"response": REQUEST["response"], "outcome": "answered"},
        }
    ]
}
_sent: Example = {
    "id": "7d0c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a12",
    "request_id": ID,
    "retry_count": 0,
    "error": None,
    "created_at": AT,
    "settled_at": AT,
    "next_attempt_at": None,
}
DELIVERIES: Example = {
    "items": [
        {
            **_sent,
            "webhook_id": "b2c1c1e0-3c5b-8f0f-9a57-0d7f0c2f9a13",
            "webhook_url": "https://agent-system.company.com/resume",
            "event": "request.responded",
            "payload": "{…}",
            "status": "delivered",
            "status_code": 200,
            "response_body": '{"status":"resumed","workflow_id":"wf-abc123"}',
            "attempts": [
                {
                    "number": 1,
                    "at": AT,
                    "duration_ms": 14,
                    "status_code": 200,
                    "error": None,
                    "response_body": None,
                }
            ],
        }
    ]
}
NOTIFICATIONS: Example = {
    "items": [
        {
            **_sent,
            "event": "requested",
            "channel": "email",
            "recipient": "s***@company.com",
            "status": "sent",
            "provider_id": None,
        }
    ]
}
KIND: Example = {
    "name": "refund",
    "version": HASH,
    "title": "Refund",
    "description": "May this be paid back?",
    "builtin": False,
    "definition": {
        "kind": "refund",
        "title": "Refund",
        "description": "May this be paid back?",
        "decisions": [
            {"name": "approve", "means": "approve"},
            {"name": "reject", "means": "reject"},
        ],
        "deadline": {"after": "4h", "then": "reject"},
    },
}
KIND_LIST: Example = {"items": [KIND]}
TOKEN: Example = {"access_token": "eyJhbGciOi…", "token_type": "Bearer", "expires_in": 900}
ME: Example = {
    "kind": "person",
    "id": "kim@company.com",
    "name": "Kim",
    "tenant": "demo",
    "roles": ["reviewer"],
    "teams": ["payments"],
    "abilities": [],
    "via": None,
}
