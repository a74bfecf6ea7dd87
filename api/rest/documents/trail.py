"""What happened to a request, and to whom it was told."""

from datetime import datetime
from typing import Any, Literal

from api.rest.documents.base import Document


class ActorDocument(Document):
    """Who did something; `via` is the key that spoke for a person.

    `on_behalf_of` is the absent person in whose place they stood in.
    """

    kind: Literal["person", "agent", "service", "policy"]
    id: str
    via: str | None
    on_behalf_of: str | None
    channel: str


class HappenedDocument(Document):
    """One event of a request."""

    at: datetime
    event: str
    actor: ActorDocument
    version: int
    data: dict[str, Any]


class HistoryDocument(Document):
    """All that happened to a request, oldest first."""

    items: list[HappenedDocument]


class LoggedDocument(Document):
    """Where an entry lies in the log, its hash, and that of the request's entry before it."""

    partition: int
    offset: int
    entry_hash: str
    request_previous: str | None


class ExportedDocument(HappenedDocument):
    """One line of an export; `cursor` is where to go on behind it."""

    cursor: str
    request_id: str
    command: str
    command_id: str
    correlation_id: str | None
    log: LoggedDocument


class AttemptDocument(Document):
    """One attempt of a delivery; the time of a step is null where none was needed or come to."""

    number: int
    at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    request_headers: dict[str, str] | None
    response_body: str | None
    address: str | None
    dns_ms: float | None
    connect_ms: float | None
    first_byte_ms: float | None


class DeliveryDocument(Document):
    """One callback of a request with its attempts."""

    id: str
    request_id: str
    webhook_id: str
    webhook_url: str
    event: str
    payload: str
    payload_sha256: str
    status: str
    status_code: int | None
    response_body: str | None
    error: str | None
    retry_count: int
    created_at: datetime
    settled_at: datetime | None
    next_attempt_at: datetime | None
    redriven_at: datetime | None
    redriven_by: str | None
    attempts: list[AttemptDocument]


class DeliveriesDocument(Document):
    """The callbacks of a request, oldest first."""

    items: list[DeliveryDocument]


class NotificationDocument(Document):
    """One recipient who was told, or not; addresses are masked for API keys.

    `status` is queued, held, sent, delivered, clicked, failed or withdrawn.
    """

    id: str
    request_id: str
    event: str
    channel: str
    recipient: str
    status: str
    provider: str | None
    provider_id: str | None
    error: str | None
    retry_count: int
    created_at: datetime
    settled_at: datetime | None
    next_attempt_at: datetime | None


class NotificationsDocument(Document):
    """Who was told of a request, oldest first."""

    items: list[NotificationDocument]
