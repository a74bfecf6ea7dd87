"""The question of the first seed, word for word."""

from typing import Any

SEED: dict[str, Any] = {
    "workflow_id": "wf-abc123",
    "checkpoint_id": "cp-xyz789",
    "type": "approval",
    "title": "Review High-Risk Code Changes",
    "description": "Complaint #42 requires database schema changes",
    "context": {
        "code_diff": "...",
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
