"""Posts notices of pressing requests to a tenant's webhook, signed as callbacks are."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson

from kernel.canonical import canonical
from kernel.clock import Clock, utc_now
from kernel.masking import masked, masked_context
from kernel.outbound.delivery import Delivery, Result
from kernel.outbound.egress import Egress
from kernel.outbound.posting import posted
from kernel.outbound.signing import signed_headers, without_signatures
from kernel.outbound.verdict import judge
from kernel.tracing.trace_context import http_headers
from services.notifier_svc.message import Message
from services.notifier_svc.notice import Brief, Notice

PROVIDER = "webhook"
USER_AGENT = "Handraise/0.1"
CONTEXT_MAX_BYTES = 64 * 1024

SecretOf = Callable[[str], Awaitable[str]]
"""Gives the secret that signs for a tenant; raises Unavailable where it can't be looked up."""


def webhook_body(notice: Notice, brief: Brief, message: Message) -> bytes:
    """The body: which task, of which type and priority, and its detail without personal values."""
    detail: dict[str, Any] = {
        "event": notice.event,
        "title": message.title,
        "description": message.description or None,
        "principal_id": _hidden(notice.principal_id, brief),
        "deadline": notice.deadline and notice.deadline.isoformat().replace("+00:00", "Z"),
        "note": message.note or None,
        "url": message.link,
        "context": _context(notice, brief),
    }
    return canonical(
        {
            "task_id": notice.request_id,
            "type": brief.question.kind,
            "priority": notice.priority.value,
            "detail": detail,
        }
    )


class WebhookCarrier:
    """Posts to webhooks."""

    def __init__(self, egress: Egress, secret_of: SecretOf, clock: Clock = utc_now) -> None:
        self._egress = egress
        self._secret_of = secret_of
        self._clock = clock

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt; its timestamp is now, its id and bytes are the delivery's.

        Raises:
            Unavailable: the secret is away; nothing was attempted.
        """
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            **http_headers(),
            **signed_headers(
                [await self._secret_of(delivery.tenant)],
                webhook_id=delivery.id,
                timestamp=int(self._clock().timestamp()),
                body=delivery.payload,
            ),
        }
        result = await posted(
            self._egress,
            delivery.target,
            headers=headers,
            body=delivery.payload,
            judge=lambda answer: judge(answer, self._clock()),
        )
        return replace(result, headers=without_signatures(headers), provider=PROVIDER)


def _context(notice: Notice, brief: Brief) -> Any:
    """The context without personal values, where the event has it and it is not too long."""
    if notice.context is None or len(notice.context) > CONTEXT_MAX_BYTES:
        return None
    pointers = brief.question.policy.personal_fields
    return masked_context(orjson.loads(notice.context), pointers, brief.personal)


def _hidden(text: str | None, brief: Brief) -> str | None:
    return None if text is None else masked(text, brief.personal)
