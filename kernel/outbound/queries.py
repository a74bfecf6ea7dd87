"""What the API shows of deliveries, and how a failed one is set going again."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.errors import HandraiseError, NotFound
from kernel.outbound.database import Database
from kernel.outbound.delivery import Standing
from kernel.outbound.statements import ATTEMPTS_OF, OF_REQUEST, REDRIVE, STATUS_OF

CALLBACK_SERVICE = "callback_svc"
NOTIFIER_SERVICE = "notifier_svc"


class NotFailed(HandraiseError):
    """Only a delivery that was given up can be set going again."""

    status, code = 409, "wrong_state"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptMade:
    """One attempt of a delivery; `response_body` is at most its first KiB."""

    number: int
    at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    response_body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """One callback of a request; `id` is what `redrive` takes, `webhook_id` what receivers see."""

    id: str
    request_id: str
    webhook_id: str
    webhook_url: str
    event: str
    payload: str
    status: str
    status_code: int | None
    response_body: str | None
    error: str | None
    retry_count: int
    created_at: datetime
    settled_at: datetime | None
    next_attempt_at: datetime | None
    attempts: tuple[AttemptMade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One recipient of a notice; status is pending, sent, delivered, failed or withdrawn."""

    id: str
    request_id: str
    event: str
    channel: str
    recipient: str
    status: str
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
            status=_told(row["channel"], row["status"]),
            provider_id=row["provider_id"],
            error=row["error"],
            retry_count=_retries(row),
            created_at=row["created_at"],
            settled_at=row["settled_at"],
            next_attempt_at=_next_attempt(row),
        )
        for row in rows
    ]


async def redrive(pool: Any, delivery_id: str, tenant: str) -> None:
    """Sets a failed delivery going again from the start of the schedule, with the same id.

    Raises:
        NotFound: this tenant has no such delivery.
        NotFailed: it is pending, delivered or withdrawn.
        Unavailable: the database is away.
    """
    try:
        key = UUID(delivery_id)
    except ValueError as error:
        raise NotFound(f"there is no delivery {delivery_id!r}") from error
    database = Database(pool)
    if await database.row(REDRIVE, key, tenant) is not None:
        return
    found = await database.row(STATUS_OF, key, tenant)
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id!r}")
    raise NotFailed(f"the delivery is {found['status']}; only a failed one can be redriven")


def _attempt(row: Any) -> AttemptMade:
    return AttemptMade(
        number=row["number"],
        at=row["started_at"],
        duration_ms=row["duration_ms"],
        status_code=row["status_code"],
        error=row["error"],
        response_body=row["response"],
    )


def _delivery(row: Any, attempts: tuple[AttemptMade, ...]) -> WebhookDelivery:
    return WebhookDelivery(
        id=str(row["id"]),
        request_id=row["request_id"],
        webhook_id=row["event_id"],
        webhook_url=row["target"],
        event=row["event"],
        payload=row["payload"].decode(),
        status=row["status"],
        status_code=row["status_code"],
        response_body=attempts[-1].response_body if attempts else None,
        error=row["error"],
        retry_count=_retries(row),
        created_at=row["created_at"],
        settled_at=row["settled_at"],
        next_attempt_at=_next_attempt(row),
        attempts=attempts,
    )


def _retries(row: Any) -> int:
    return max(row["attempts"] - 1, 0)


def _next_attempt(row: Any) -> datetime | None:
    return row["due_at"] if row["status"] == Standing.PENDING else None


def _told(channel: str, status: str) -> str:
    """A mail is only known to be sent: its server took it. The queue shows what is in it."""
    return "sent" if status == Standing.DELIVERED and channel != "web" else status
