"""Each attempt of a delivery as a span of the trace that its event belongs to."""

from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind, use_span

from kernel.outbound.delivery import Carrier, Delivery, Result, Verdict
from kernel.tracing.batches import cause_of
from kernel.tracing.spans import begun, enabled, failed
from kernel.tracing.subject import subject
from kernel.tracing.trace_context import continued, with_span

WEBHOOK = "webhook"


def caused(delivery: Delivery) -> Delivery:
    """The delivery, knowing the place of its event in a trace, as far as that came along."""
    cause = cause_of(delivery.event_id)
    return delivery if cause is None else replace(delivery, traceparent=cause)


def last_attempt(delivery: Delivery) -> str | None:
    """The `traceparent` of what follows from the last attempt of a delivery, by any worker."""
    place = delivery.traceparent
    if place is None or not enabled() or delivery.attempts == 0:
        return place
    return with_span(place, _span_id(delivery, delivery.attempts))


class TracedCarrier:
    """A carrier whose attempts can be seen in traces, and whose log lines say what they concern."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def carry(self, delivery: Delivery) -> Result:
        """As the carrier's own."""
        with subject(request_id=delivery.request_id, tenant=delivery.tenant):
            if delivery.traceparent is None or not enabled():
                with continued(delivery.traceparent):
                    return await self._carrier.carry(delivery)
            return await self._shown(delivery)

    async def _shown(self, delivery: Delivery) -> Result:
        attempt = delivery.attempts + 1
        span = begun(
            f"deliver {'callback' if delivery.channel == WEBHOOK else delivery.channel}",
            parent=delivery.traceparent,
            kind=SpanKind.CLIENT,
            attributes=_attributes(delivery, attempt),
            span_id=_span_id(delivery, attempt),
        )
        # What is raised says that nothing was attempted, so then the span is never ended.
        with use_span(span, record_exception=False, set_status_on_exception=False):
            result = await self._carrier.carry(delivery)
        _conclude(span, result)
        return result


def _attributes(delivery: Delivery, attempt: int) -> dict[str, str | int]:
    said: dict[str, str | int] = {
        "handraise.request_id": delivery.request_id,
        "handraise.tenant": delivery.tenant,
        "handraise.delivery_id": delivery.id,
        "handraise.event_id": delivery.event_id,
        "handraise.event": delivery.event,
        "handraise.channel": delivery.channel,
        "handraise.attempt": attempt,
    }
    if delivery.channel == WEBHOOK:
        # The host alone: what follows it may hold a secret of the receiver's.
        said["server.address"] = urlsplit(delivery.target).hostname or ""
    return said


def _conclude(span: Span, result: Result) -> None:
    span.set_attribute("handraise.outcome", result.verdict.value)
    if result.status_code is not None:
        span.set_attribute("handraise.status_code", result.status_code)
    if result.verdict is not Verdict.DELIVERED:
        failed(span, str(result.status_code or result.verdict.value))
    span.end()


def _span_id(delivery: Delivery, attempt: int) -> int:
    """The id of an attempt's span: whoever reports the attempt knows it without being told."""
    return int.from_bytes(sha256(f"{delivery.id} {attempt}".encode()).digest()[:8])
