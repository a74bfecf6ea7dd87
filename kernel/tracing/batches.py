"""Batches: one span for all they hold, linked to some of its traces; what caused each event."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry.trace import SpanKind

from kernel.tracing.spans import Attributes, enabled, span
from kernel.tracing.trace_context import traceparent_in

LINKS_MAX = 32

_causes: ContextVar[Mapping[str, str]] = ContextVar("causes")
_nothing: Mapping[str, str] = {}


@contextmanager
def batch_span(
    name: str, traceparents: Iterable[str | None], attributes: Attributes | None = None
) -> Generator[None]:
    """The span of a batch, a trace of its own; none where nothing in it belongs to a trace."""
    links = linked(traceparents) if enabled() else []
    if not links:
        yield
        return
    with span(name, kind=SpanKind.CONSUMER, attributes=attributes, links=links):
        yield


@contextmanager
def polled(group: str, records: Sequence[Any]) -> Generator[None]:
    """The span of a batch of records that a consumer group takes, in the words of OpenTelemetry.

    Source: https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
    """
    if not enabled():
        yield
        return
    said: Attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "poll",
        "messaging.operation.type": "process",
        "messaging.destination.name": ",".join(sorted({record.topic for record in records})),
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": len(records),
    }
    with batch_span(f"process {group}", (traceparent_in(one.headers) for one in records), said):
        yield


def linked(traceparents: Iterable[str | None]) -> list[str]:
    """The first places of at most `LINKS_MAX` traces."""
    first: dict[str, str] = {}
    for traceparent in traceparents:
        if traceparent is not None:
            first.setdefault(traceparent[3:35], traceparent)
            if len(first) == LINKS_MAX:
                break
    return list(first.values())


@contextmanager
def caused_by(causes: Mapping[str, str]) -> Generator[None]:
    """Within the block `cause_of` knows these events' places in their traces."""
    token = _causes.set(causes)
    try:
        yield
    finally:
        _causes.reset(token)


def cause_of(event_id: str) -> str | None:
    """The `traceparent` that came with an event which is being handled, if one did."""
    return _causes.get(_nothing).get(event_id)
