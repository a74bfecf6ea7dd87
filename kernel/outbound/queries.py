"""What the API shows of a request's deliveries: what was sent, and how each attempt went."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from kernel.errors import NotFound
from kernel.outbound.carriers import AMENDMENT
from kernel.outbound.database import Database
from kernel.outbound.delivery import Standing
from kernel.outbound.redriving import CALLBACK_SERVICE
from kernel.outbound.statements import ATTEMPTS_OF, OF_ID, OF_REQUEST

NOTIFIER_SERVICE = "notifier_svc"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptMade:
    """One attempt of a delivery; the steps in it as in `kernel.outbound.course`.

    `request_headers` are those sent, signatures left out, `response_body` is at most its first KiB.
    """

    number: int
    at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    request_headers: Mapping[str, str] | None
    response_body: str | None
    address: str | None
    dns_ms: float | None
    connect_ms: float | None
    first_byte_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """One callback of a request; `id` is what `redrive` takes, `webhook_id` what receivers see.

    `payload` is the body of every attempt, `payload_sha256` its hash in hex.
    """

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
    attempts: tuple[AttemptMade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One recipient of a notice, and how far it came.

    `status` is queued, held (for a summary, or in reserve), sent, delivered, clicked, failed or
    withdrawn; `provider` took it as `provider_id`.
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


async def deliveries_of(pool: Any, request_id: str, tenant: str) -> list[WebhookDelivery]:
    """The callbacks of a request, oldest first, each with its attempts.

    Raises:
        Unavailable: the database is away.
    """
    attempts: defaultdict[UUID, list[AttemptMade]] = defaultdict(list)
    async with (
        Database(pool).connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        rows = await connection.fetch(OF_REQUEST, request_id, tenant, CALLBACK_SERVICE)
        for made in await connection.fetch(ATTEMPTS_OF, [row["id"] for row in rows]):
            attempts[made["delivery_id"]].append(_attempt(made))
    return [_delivery(row, tuple(attempts[row["id"]])) for row in rows]


async def delivery_of(pool: Any, delivery_id: str, tenant: str) -> tuple[WebhookDelivery, str]:
    """One delivery of a tenant with its attempts, a callback or a notice, and whose service it is.

    Raises:
        NotFound: the tenant has none such.
        Unavailable: the database is away.
    """
    try:
        key = UUID(delivery_id)
    except ValueError:
        raise NotFound("There is no such delivery here") from None
    async with (
        Database(pool).connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        row = await connection.fetchrow(OF_ID, key, tenant)
        if row is None:
            raise NotFound("There is no such delivery here")
        made = await connection.fetch(ATTEMPTS_OF, [key])
    return _delivery(row, tuple(map(_attempt, made))), row["service"]


async def notifications_of(pool: Any, request_id: str, tenant: str) -> list[Notification]:
    """Who was told of a request on which channel, oldest first.

    Raises:
        Unavailable: the database is away.
    """
    rows = await Database(pool).fetch(OF_REQUEST, request_id, tenant, NOTIFIER_SERVICE)
    return [
        Notification(
            id=str(row["id"]),
            request_id=row["request_id"],
            event=row["event"],
            channel=row["channel"],
            recipient=row["target"],
            status=_told(row),
            provider=row["provider"],
            provider_id=row["provider_id"],
            error=row["receipt_error"] if row["receipt"] else row["error"],
            retry_count=_retries(row),
            created_at=row["created_at"],
            settled_at=row["settled_at"],
            next_attempt_at=_next_attempt(row),
        )
        for row in rows
        if row["event"] != AMENDMENT
    ]


def _attempt(row: Any) -> AttemptMade:
    return AttemptMade(
        number=row["number"],
        at=row["started_at"],
        duration_ms=row["duration_ms"],
        status_code=row["status_code"],
        error=row["error"],
        request_headers=row["headers"] and orjson.loads(row["headers"]),
        response_body=row["response"],
        address=row["address"],
        dns_ms=_tenths(row["dns_ms"]),
        connect_ms=_tenths(row["connect_ms"]),
        first_byte_ms=_tenths(row["first_byte_ms"]),
    )


def _tenths(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)


def _delivery(row: Any, attempts: tuple[AttemptMade, ...]) -> WebhookDelivery:
    return WebhookDelivery(
        id=str(row["id"]),
        request_id=row["request_id"],
        webhook_id=row["event_id"],
        webhook_url=row["target"],
        event=row["event"],
        payload=row["payload"].decode(),
        payload_sha256=sha256(row["payload"]).hexdigest(),
        status=row["status"],
        status_code=row["status_code"],
        response_body=attempts[-1].response_body if attempts else None,
        error=row["error"],
        retry_count=_retries(row),
        created_at=row["created_at"],
        settled_at=row["settled_at"],
        next_attempt_at=_next_attempt(row),
        redriven_at=row["redriven_at"],
        redriven_by=row["redriven_by"],
        attempts=attempts,
    )


def _retries(row: Any) -> int:
    return max(row["attempts"] - 1, 0)


def _next_attempt(row: Any) -> datetime | None:
    return row["due_at"] if row["status"] == Standing.PENDING else None


def _told(row: Any) -> str:
    """What is known of a notice: mostly that its provider took it, until that says more.

    The queue shows what is in it.
    """
    if row["receipt"] is not None:
        return row["receipt"]
    match Standing(row["status"]):
        case Standing.PENDING:
            return "queued"
        case Standing.DELIVERED:
            return "delivered" if row["channel"] == "web" else "sent"
        case standing:
            return standing.value
