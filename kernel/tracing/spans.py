"""Spans: pieces of work with a name, a beginning and an end; without a collector they cost nothing.

Nothing that a caller sent goes into a span but ids, names and numbers: no headers, no texts, no
addresses with their queries. Of an error only its type is kept.
"""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeAlias

from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
    use_span,
)

from kernel.tracing.trace_context import continued, parsed

Attributes: TypeAlias = Mapping[str, str | int | float | bool | tuple[str, ...]]


class _Tracing:
    """The one state of a process: where its spans go, and the id that the next one is to have."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self.next_span_id = 0


_tracing = _Tracing()


def send_to(tracer: Tracer | None) -> None:
    """Makes all spans from here on with this tracer; with None there are none."""
    _tracing.tracer = tracer


def wished_span_id() -> int:
    """The id that the span being begun is to have, or 0 for a random one; asked once for each."""
    wished, _tracing.next_span_id = _tracing.next_span_id, 0
    return wished


def enabled() -> bool:
    """Whether spans are made at all."""
    return _tracing.tracer is not None


def begun(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    links: Iterable[str] = (),
    began_at: datetime | None = None,
    span_id: int = 0,
) -> Span:
    """A span that its caller ends; `parent` and `links` are values of `traceparent`.

    Without a parent it begins a trace. `span_id` gives it an id of the caller's choice.
    """
    tracer, place = _tracing.tracer, parsed(parent)
    if tracer is None:
        return INVALID_SPAN if place is None else NonRecordingSpan(place)
    _tracing.next_span_id = span_id
    return tracer.start_span(
        name,
        context=Context() if place is None else set_span_in_context(NonRecordingSpan(place)),
        kind=kind,
        attributes=attributes,
        links=[Link(linked) for linked in map(parsed, links) if linked is not None],
        start_time=None if began_at is None else nanoseconds(began_at),
        record_exception=False,
        set_status_on_exception=False,
    )


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Attributes | None = None,
    links: Iterable[str] = (),
) -> Generator[Span]:
    """As `begun`, current within the block and ended with it; what is raised marks it failed."""
    if not enabled():
        with continued(parent):
            yield INVALID_SPAN
        return
    made = begun(name, parent=parent, kind=kind, attributes=attributes, links=links)
    with use_span(made, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield made
        except BaseException as error:
            failed(made, type(error).__name__)
            raise


def link(traceparent: str | None) -> None:
    """Links this task's span to a place in another trace."""
    made, place = get_current_span(), parsed(traceparent)
    if place is not None and made.get_span_context().trace_id != place.trace_id:
        made.add_link(place)


def failed(made: Span, why: str) -> None:
    """Marks a span as failed; `why` is a word of ours, never a message."""
    made.set_attribute("error.type", why)
    made.set_status(Status(StatusCode.ERROR))


def nanoseconds(at: datetime) -> int:
    """A moment as spans count it: since 1970, in nanoseconds."""
    return int(at.timestamp() * 1_000_000) * 1000
