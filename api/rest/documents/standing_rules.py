"""Standing rules, and groups of alike requests."""

from datetime import datetime
from typing import Any, Literal

from api.rest.documents.base import Document, Priority
from api.rest.documents.requests import ListedDocument


class MatchDocument(Document):
    """A place in the context (JSON pointer, RFC 6901), and the value that must be there."""

    pointer: str
    value: Any


class UsesDocument(Document):
    """How often a rule has decided, or in shadow would have, as the log has it."""

    decided: int
    in_shadow: int
    last_at: datetime | None


class StandingRuleDocument(Document):
    """A standing rule as it stands; `valid` is whether it holds now."""

    id: str
    version: int
    type: str
    principal_id: str | None
    requester: str
    matches: list[MatchDocument]
    decision: str
    comment: str | None
    valid_until: datetime
    max_uses: int | None
    mode: Literal["live", "shadow"]
    made_by: str
    made_at: datetime
    made_from: str | None
    revoked_at: datetime | None
    revoked_by: str | None
    valid: bool
    uses: UsesDocument


class StandingRulesDocument(Document):
    """One page of standing rules, the newest first."""

    items: list[StandingRuleDocument]
    next_cursor: str | None


class AlikeDocument(Document):
    """What the requests of a group have in common: this is why they stand together.

    `title` has `#` where their titles differ in numbers and ids; `shape` lists the places of their
    contexts with the type of the value there.
    """

    type: str
    principal_id: str | None
    requester: str
    title: str
    operation: str | None
    shape: list[str]


class GroupDocument(Document):
    """Alike requests that wait for an answer."""

    group: str
    count: int
    alike: AlikeDocument
    priority: Priority
    oldest_at: datetime
    newest_at: datetime
    timeout_at: datetime | None
    oldest: ListedDocument


class GroupsDocument(Document):
    """Groups, the largest first; `capped` says that more requests wait than were looked at."""

    items: list[GroupDocument]
    next_cursor: str | None
    capped: bool
