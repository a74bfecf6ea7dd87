"""How people are told: their preferences, notices and browsers, and where a tenant is told."""

from datetime import datetime

from api.rest.documents.base import Document, Priority


class QuietDocument(Document):
    """Hours in which only what is urgent is told, HH:MM by the person's own clock."""

    begin: str
    end: str


class PreferencesDocument(Document):
    """How a person is told; `chats` by name only, their addresses are never shown."""

    language: str
    time_zone: str
    channels: dict[Priority, list[str]]
    quiet: QuietDocument | None
    digest: str
    digest_at: str
    at_most: int
    fallback: str | None
    fallback_minutes: int
    phone: str | None
    slack_user_id: str | None
    chats: list[str]


class NoticeDocument(Document):
    """One notice: unread until `seen_at`, and `done_at` when it needs no more of the person."""

    id: str
    request_id: str
    why: str
    priority: Priority
    title: str
    note: str | None
    deadline: datetime | None
    at: datetime
    seen_at: datetime | None
    done_at: datetime | None
    url: str


class NoticesDocument(Document):
    """One page of a person's notices, the newest first, and how many are unread in all."""

    items: list[NoticeDocument]
    unread: int
    next_cursor: str | None


class UnreadDocument(Document):
    """How many notices are unread."""

    unread: int


class PushKeyDocument(Document):
    """The public key that a browser subscribes with (`applicationServerKey`), in base64url."""

    public_key: str


class SubscribedDocument(Document):
    """A browser that is told; `id` is what ends it."""

    id: str


class TenantNoticesDocument(Document):
    """Where a tenant is told; `webhook_secret` verifies what its webhook receives."""

    webhook_url: str | None
    webhook_secret: str
    chats: list[str]
