"""Kinds, tokens, and who one is."""

from api.rest.examples.facts import HASH, PERSON, Example

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
    "id": PERSON,
    "name": "Kim",
    "tenant": "demo",
    "roles": ["reviewer"],
    "teams": ["payments"],
    "abilities": [],
    "via": None,
}
