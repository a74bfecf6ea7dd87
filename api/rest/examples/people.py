"""People, teams, keys, invitations and the audit."""

from api.rest.examples.facts import AT, LATER, PERSON, Example
from api.rest.identity_inputs import (
    ActForInput,
    InvitationInput,
    KeyInput,
    PasswordInput,
    PersonChangeInput,
    PersonInput,
    RotateInput,
    TeamChangeInput,
    TeamInput,
)
from kernel.question import Input

_kim: Example = {
    "email": "kim@company.com",
    "name": "Kim",
    "roles": ["reviewer:refund", "lead:refund:acme"],
    "teams": ["payments"],
}
PERSON_SHOWN: Example = {"id": PERSON, **_kim, "is_active": True, "created_at": AT}
PEOPLE: Example = {"items": [PERSON_SHOWN], "next_cursor": None}
TEAM: Example = {"name": "payments", "title": "Payments"}
TEAMS: Example = {"items": [TEAM]}
KEY: Example = {
    "id": "0011223344556677",
    "owner": "agents.refunds",
    "abilities": ["ask", "read"],
    "act_for": [],
    "created_at": AT,
    "revoked_at": None,
    "rotated_from": None,
}
KEYS: Example = {"items": [KEY]}
ISSUED: Example = {
    **KEY,
    "bearer": "hr_0011223344556677_…",
    "signing_secret": "whsec_…",
}
INVITATION: Example = {
    "id": PERSON,
    "purpose": "join",
    "person": None,
    **_kim,
    "created_at": AT,
    "created_by": PERSON,
    "expires_at": LATER,
}
INVITATIONS: Example = {"items": [INVITATION]}
SENT: Example = {
    **INVITATION,
    "link": "https://handraise.example/invitations/…",
    "mailed": True,
}
AUDITED: Example = {
    "id": 4711,
    "at": AT,
    "actor": PERSON,
    "action": "person_changed",
    "subject": PERSON,
    "address": "203.0.113.7",
    "outcome": "done",
    "detail": {"roles": ["reviewer"]},
}
AUDIT: Example = {"items": [AUDITED], "next_cursor": None}
IDENTITY_BODIES: dict[type[Input], Example] = {
    PersonInput: _kim,
    PersonChangeInput: {"roles": ["reviewer"], "is_active": True},
    TeamInput: TEAM,
    TeamChangeInput: {"title": "Payments"},
    KeyInput: {"owner": "agents.refunds", "abilities": ["ask", "read"]},
    RotateInput: {"keep_seconds": 3600},
    ActForInput: {"people": []},
    InvitationInput: _kim,
    PasswordInput: {"password": "the one of now", "new_password": "the one to come"},
}
