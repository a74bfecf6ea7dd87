"""The asker is called back: one attempt, signed, posted and judged."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kernel.clock import Clock, utc_now
from kernel.errors import Invalid, NotFound
from kernel.outbound.delivery import Delivery, Result, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.posting import posted, said
from kernel.outbound.signing import signed_headers, without_signatures
from kernel.outbound.verdict import judge
from kernel.tracing.trace_context import http_headers

USER_AGENT = "Handraise/0.1"


class Secrets(Protocol):
    """Gives the secrets that sign a tenant's callbacks."""

    async def __call__(self, secret_ref: str, tenant: str) -> Sequence[str]:
        """The valid secrets, newest first; raises NotFound when there is none."""
        ...


class CallbackCarrier:
    """Posts callbacks to the outside."""

    def __init__(self, egress: Egress, secrets: Secrets, clock: Clock = utc_now) -> None:
        self._egress = egress
        self._secrets = secrets
        self._clock = clock

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt; its timestamp is now, its id and bytes are the delivery's.

        Raises:
            Unavailable: the secrets are away; nothing was attempted.
        """
        if not delivery.payload:
            return Result(verdict=Verdict.GIVE_UP, error=delivery.error)
        try:
            headers = await self._headers(delivery)
        except (Invalid, NotFound) as error:
            return Result(verdict=Verdict.GIVE_UP, error=said(error))
        result = await posted(
            self._egress,
            delivery.target,
            headers=headers,
            body=delivery.payload,
            judge=lambda answer: judge(answer, self._clock()),
        )
        return replace(result, headers=without_signatures(headers))

    async def _headers(self, delivery: Delivery) -> dict[str, str]:
        secrets = await self._secrets(delivery.secret_ref or "", delivery.tenant)
        return {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            **http_headers(),
            **signed_headers(
                secrets,
                webhook_id=delivery.event_id,
                timestamp=int(self._clock().timestamp()),
                body=delivery.payload,
            ),
        }
