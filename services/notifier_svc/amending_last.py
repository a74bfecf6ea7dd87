"""Makes changes of messages in their order: each message ends as the last change says.

A change that is tried again late must not undo a later one, and one of a message that was still on
its way waits until the provider has given it a name.
"""

from dataclasses import replace

from kernel.outbound.carriers import AMENDMENT
from kernel.outbound.database import Database
from kernel.outbound.delivery import Carrier, Delivery, Result, Verdict
from services.notifier_svc.message import read_amendment, written_amendment

WAIT_SECONDS = 10.0
WAITS_MAX = 4
# Only payloads of changes are sure to be JSON, and only CASE keeps the others from being read.
_NOW = """
SELECT brought.provider_id, EXISTS (
    SELECT 1
    FROM outbound.deliveries later
    WHERE later.request_id = own.request_id AND later.service = own.service
        AND later.created_at > own.created_at
        AND CASE WHEN later.event = $3
            THEN convert_from(later.payload, 'UTF8')::jsonb ->> 'brought' = $1::text END
) AS is_past
FROM outbound.deliveries own LEFT JOIN outbound.deliveries brought ON brought.id = $1::uuid
WHERE own.id = $2
"""


class LastAmendment:
    """A carrier that lets a change through if it is the last, and its message has arrived."""

    def __init__(self, inner: Carrier, database: Database) -> None:
        self._inner = inner
        self._database = database

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt.

        Raises:
            Unavailable: the database is away, or as the inner carrier's; nothing was attempted.
        """
        if delivery.event != AMENDMENT:
            return await self._inner.carry(delivery)
        amendment = read_amendment(delivery.payload)
        found = await self._database.row(_NOW, amendment.brought, delivery.id, AMENDMENT)
        if found is None or found["is_past"]:
            return Result(verdict=Verdict.GIVE_UP, error="a later change says how it stands")
        if found["provider_id"] is None:
            waits = delivery.tries < WAITS_MAX
            return Result(
                verdict=Verdict.RETRY if waits else Verdict.GIVE_UP,
                error="the message that it changes has not arrived",
                retry_after_seconds=WAIT_SECONDS,
            )
        named = replace(amendment, provider_id=found["provider_id"])
        return await self._inner.carry(replace(delivery, payload=written_amendment(named)))
