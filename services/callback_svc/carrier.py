"""The asker is called back: one attempt, signed, posted and judged."""

from collections.abc import Sequence
from typing import Protocol

from kernel.clock import Clock, utc_now
from kernel.errors import Invalid, NotFound, Unavailable
from kernel.outbound.delivery import Delivery, Result, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import TargetRefused
from kernel.outbound.wire import Unanswered
from kernel.tracing.trace_context import http_headers
from services.callback_svc.plan import said
from services.callback_svc.signing import signed_headers
from services.callback_svc.verdict import judge

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
        """One attempt; its timestamp is now, its id and bytes are the delivery's."""
        if not delivery.payload:
            return Result(verdict=Verdict.GIVE_UP, error=delivery.error)
        try:
            headers = await self._headers(delivery)
            answer = await self._egress.post(
                delivery.target, headers=headers, body=delivery.payload
            )
        except (Invalid, NotFound, TargetRefused) as error:
            return Result(verdict=Verdict.GIVE_UP, error=said(error))
        except (Unanswered, Unavailable) as error:
            return Result(verdict=Verdict.RETRY, error=said(error))
        return judge(answer, self._clock())

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
