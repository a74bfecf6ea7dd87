"""Bodies that callers send."""

from api.rest.examples.facts import HASH, ID, PERSON, Example
from api.rest.inputs import (
    AssignInput,
    CommentInput,
    ExtendInput,
    NothingInput,
    ReasonInput,
    RedeemInput,
    ReprioritiseInput,
    RespondInput,
    SignInInput,
)
from api.rest.several_inputs import BatchInput, BulkInput
from kernel.question import Input, Question, Revision

_question: Example = {
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
}
BODIES: dict[type[Input], Example] = {
    Question: _question,
    RespondInput: {
        "decision": "approve",
        "comment": "Looks good, but add error handling for edge case X",
        "revision": 1,
        "content_hash": HASH,
        "attachments": [],
        "seen": {"opened": ["diff"], "in_view_seconds": 41},
    },
    Revision: {"context": {"code_diff": "…"}, "note": "Error handling added"},
    AssignInput: {"assignee": {"person": PERSON}, "reason": "knows the refund path"},
    CommentInput: {"text": "Is the index used by the nightly report?"},
    ExtendInput: {"minutes": 120, "reason": "the reviewer is travelling"},
    ReprioritiseInput: {"priority": "urgent"},
    ReasonInput: {"reason": "the change was reverted"},
    NothingInput: {},
    RedeemInput: {"content_hash": HASH, "spender": "deploy-7"},
    BatchInput: {
        "items": [
            {"idempotency_key": "order-17", "request": _question},
            {"idempotency_key": "order-18", "request": {"title": "Refund order 18?"}},
        ]
    },
    BulkInput: {
        "action": "reprioritise",
        "body": {"priority": "urgent", "reason": "the release is today"},
        "items": [{"id": ID, "revision": 1}],
    },
    SignInInput: {"email": "kim@company.com", "password": "correct horse battery staple"},
}
