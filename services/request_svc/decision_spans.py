"""Each decision as a span of its request's trace, which what follows from it belongs to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from opentelemetry.trace import SpanKind

from event_schemas.types import Entry
from kernel.tracing.spans import begun, enabled, failed, nanoseconds
from kernel.tracing.trace_context import formatted, same_trace
from services.request_svc.relaying.outputs import Output, Source
from services.request_svc.writing.partition import Applied


def decided_at(applied: Applied, source: Source, now: datetime, *, shown: bool) -> str | None:
    """The `traceparent` of what follows from a record of the log; None outside any trace.

    It names the span of the decision, whose id follows from the entry's hash: told again after a
    restart, it is the same. The span is made if it is to be `shown` and there is a collector.
    """
    entry = applied.admitted.payload
    if not isinstance(entry, Entry):
        return None
    parent, cause = place_of(entry, applied)
    if parent is None or not shown or not enabled():
        return parent
    span = begun(
        f"decide {entry.command or 'unreadable'}",
        parent=parent,
        kind=SpanKind.CONSUMER,
        attributes=_attributes(applied, entry, source),
        links=[] if cause is None else [cause],
        began_at=min(entry.received_at, now),
        span_id=int.from_bytes(applied.admitted.hash[:8]),
    )
    if entry.refusal is not None:
        failed(span, entry.refusal.reason)
    span.end(nanoseconds(now))
    return formatted(span.get_span_context())


def place_of(entry: Entry, applied: Applied) -> tuple[str | None, str | None]:
    """Under what a decision stands, and what else caused it, as values of `traceparent`.

    That is the trace in which the request was opened, whoever commands: who answers is in a trace
    of their own, if in any, and that call is linked.
    """
    opened = None if applied.request is None else applied.request.state.traceparent
    if opened is None or entry.traceparent is None:
        return opened or entry.traceparent, None
    if same_trace(opened, entry.traceparent):
        return entry.traceparent, None
    return opened, entry.traceparent


def placed(outputs: Sequence[Output], place: str | None) -> list[Output]:
    """The outputs, carrying this `traceparent`."""
    if place is None:
        return list(outputs)
    return [replace(output, traceparent=place) for output in outputs]


def _attributes(applied: Applied, entry: Entry, source: Source) -> dict[str, Any]:
    said: dict[str, Any] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "decide",
        "messaging.operation.type": "process",
        "messaging.destination.name": source.commands_topic,
        "messaging.destination.partition.id": str(source.partition),
        "messaging.kafka.offset": applied.admitted.command_offset,
        "handraise.request_id": entry.request_id,
        "handraise.tenant": entry.tenant,
        "handraise.command": entry.command,
        "handraise.log_offset": applied.admitted.log_offset,
        "handraise.events": tuple(type(step.event).__name__ for step in applied.steps),
    }
    if entry.correlation_id is not None:
        said["handraise.correlation_id"] = entry.correlation_id
    if entry.actor is not None:
        said["handraise.actor_kind"] = entry.actor.kind.value
    if applied.request is not None:
        said["handraise.kind"] = applied.request.policy.kind
        said["handraise.version"] = applied.request.state.version
    if entry.refusal is not None:
        said["handraise.refusal"] = entry.refusal.reason.value
    return said
