"""People, teams, keys, invitations and the audit."""

from datetime import datetime
from typing import Any, Literal

from api.rest.documents.base import Document


class PersonDocument(Document):
    """A person of the tenant, as its admins see them."""

    id: str
    email: str
    name: str
    roles: list[str]
    teams: list[str]
    is_active: bool
    created_at: datetime


class PeopleDocument(Document):
    """One page of people, by name."""

    items: list[PersonDocument]
    next_cursor: str | None


class TeamDocument(Document):
    """A team of the tenant."""

    name: str
    title: str


class TeamsDocument(Document):
    """The teams of the tenant, by name."""

    items: list[TeamDocument]


class KeyDocument(Document):
    """An API key without its secrets; it holds until `revoked_at`."""

    id: str
    owner: str
    abilities: list[str]
    act_for: list[str]
    created_at: datetime
    revoked_at: datetime | None
    rotated_from: str | None


class KeysDocument(Document):
    """The keys of the tenant, by owner, the newest first."""

    items: list[KeyDocument]


class IssuedKeyDocument(KeyDocument):
    """A new key with its secrets, which are never shown again."""

    bearer: str
    signing_secret: str


class InvitationDocument(Document):
    """A link that still works, without the link itself."""

    id: str
    purpose: Literal["join", "password"]
    email: str
    person: str | None
    name: str
    roles: list[str]
    teams: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime


class InvitationsDocument(Document):
    """The links that still work, the newest first."""

    items: list[InvitationDocument]


class SentInvitationDocument(InvitationDocument):
    """A new link, which is never shown again; `mailed` is whether the mail server took it."""

    link: str
    mailed: bool


class AuditedDocument(Document):
    """Something that was done, or refused; `subject` is the id or name of what it was done to."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    address: str
    outcome: Literal["done", "refused"]
    detail: dict[str, Any]


class AuditDocument(Document):
    """One page of the audit, the newest first."""

    items: list[AuditedDocument]
    next_cursor: str | None
