"""What becomes of notices once they were handed over: receipts of providers, clicks of people.

`set_receipt` is for hooks by which providers report, `set_clicked` for our own links. Both only
ever raise what is known (sent, failed, delivered, clicked), so they may come late, twice or in any
order, also before the attempt itself was written down.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.outbound.database import Database
from kernel.outbound.delivery import ERROR_MAX_CHARS, storable
from kernel.outbound.queries import NOTIFIER_SERVICE

PROVIDER_ID_MAX_CHARS = 200
_RAISE = """
UPDATE outbound.deliveries
SET receipt = $4, receipt_error = $5, receipt_at = clock_timestamp()
WHERE service = $6
    AND (provider = $1 AND provider_id = $2 OR id = $3::uuid AND coalesce(provider, $1) = $1)
    AND coalesce(array_position($7::text[], receipt), 0) < array_position($7::text[], $4)
RETURNING id
"""
_CLICKED = """
UPDATE outbound.deliveries
SET receipt = 'clicked', receipt_error = NULL, receipt_at = clock_timestamp()
WHERE service = $2 AND id = $1::uuid AND receipt IS DISTINCT FROM 'clicked'
RETURNING id
"""


class Receipt(StrEnum):
    """What is known of a notice that a provider took, the lowest first."""

    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    CLICKED = "clicked"


_rising = [receipt.value for receipt in Receipt]


async def set_receipt(
    pool: Any, provider: str, provider_id: str, status: Receipt, error: str | None = None
) -> bool:
    """Notes what a provider says of a notice; whether that was news.

    `provider` is the word in the row (`smtp`, `twilio`, `slack` …). `provider_id` is the id that it
    gave when it took the notice, or our delivery's own id: what stands before the @ of a mail's
    Message-ID, or rides along in a status callback's address.

    Raises:
        Unavailable: the database is away.
    """
    if not provider_id or provider_id != storable(provider_id)[:PROVIDER_ID_MAX_CHARS]:
        return False
    said = None if error is None else storable(error)[:ERROR_MAX_CHARS]
    rows = await Database(pool).fetch(
        _RAISE,
        provider,
        provider_id,
        _uuid(provider_id),
        status.value,
        said,
        NOTIFIER_SERVICE,
        _rising,
    )
    return bool(rows)


async def set_clicked(pool: Any, delivery_id: str) -> bool:
    """Notes that somebody followed the link in a notice; whether that was news.

    Raises:
        Unavailable: the database is away.
    """
    key = _uuid(delivery_id)
    return key is not None and bool(await Database(pool).fetch(_CLICKED, key, NOTIFIER_SERVICE))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
