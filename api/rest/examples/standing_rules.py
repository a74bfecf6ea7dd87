"""Standing rules, and groups of alike requests."""

from api.rest.examples.facts import AT, HASH, ID, LATER, PERSON, Example
from api.rest.examples.requests import LIST

RULE: Example = {
    "id": "0b6f1f6e-3c5b-4f0f-9a57-0d7f0c2f9a15",
    "version": 1,
    "type": "permission_exception",
    "principal_id": None,
    "requester": "agents/code-review",
    "matches": [
        {"pointer": "/tool", "value": "git push"},
        {"pointer": "/arguments", "value": {"branch": "main", "force": False}},
    ],
    "decision": "approve",
    "comment": "Fine until the release.",
    "valid_until": LATER,
    "max_uses": 20,
    "mode": "live",
    "made_by": PERSON,
    "made_at": AT,
    "made_from": ID,
    "revoked_at": None,
    "revoked_by": None,
    "valid": True,
    "uses": {"decided": 3, "in_shadow": 0, "last_at": AT},
}
RULE_LIST: Example = {"items": [RULE], "next_cursor": None}
RULE_BODY: Example = {
    name: RULE[name]
    for name in (
        "type", "requester", "matches", "decision", "comment", "valid_until", "max_uses", "mode",
    )
}  # fmt: skip
RULE_FROM_BODY: Example = {
    "pointers": ["/tool", "/arguments"],
    "valid_until": LATER,
    "max_uses": 20,
}
GROUPS: Example = {
    "items": [
        {
            "group": HASH[:32],
            "count": 14,
            "alike": {
                "type": "permission_exception",
                "principal_id": None,
                "requester": "agents/code-review",
                "title": "push to main for ticket #",
                "operation": "git push",
                "shape": [" object", "/arguments object", "/arguments/branch text", "/tool text"],
            },
            "priority": "high",
            "oldest_at": AT,
            "newest_at": LATER,
            "timeout_at": LATER,
            "oldest": LIST["items"][0],
        }
    ],
    "next_cursor": None,
    "capped": False,
}
