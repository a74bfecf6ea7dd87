"""Where a piece of work stands in its trace, as W3C Trace Context writes it, and who carries it."""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from opentelemetry import context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

HEADER = "traceparent"
_form = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?\Z"
)


def parsed(traceparent: str | None) -> SpanContext | None:
    """The place in a trace that a `traceparent` names, or None where it names none.

    Source: https://www.w3.org/TR/trace-context/#traceparent-header; of a later version the parts
    that this one knows are read, as it says.
    """
    found = _form.match(traceparent or "")
    if found is None or (found[1] == "00" and found[5] is not None):
        return None
    return SpanContext(
        trace_id=int(found[2], 16),
        span_id=int(found[3], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(found[4], 16)),
    )


def formatted(place: SpanContext) -> str:
    """The `traceparent` that names a place."""
    return f"00-{place.trace_id:032x}-{place.span_id:016x}-{place.trace_flags & 0xFF:02x}"


def same_trace(one: str, other: str) -> bool:
    """Whether two values of `traceparent`, both well formed, name the same trace."""
    return one[3:35] == other[3:35]


def with_span(traceparent: str, span_id: int) -> str:
    """The place of another span in the same trace."""
    return f"{traceparent[:36]}{span_id:016x}{traceparent[52:55]}"


def current() -> str | None:
    """The `traceparent` of what this task is doing, or None outside any trace."""
    place = get_current_span().get_span_context()
    return formatted(place) if place.is_valid else None


@contextmanager
def continued(traceparent: str | None) -> Generator[None]:
    """Makes this task a part of the trace; of none where the value names none."""
    place = parsed(traceparent)
    token = context.attach(
        context.Context() if place is None else set_span_in_context(NonRecordingSpan(place))
    )
    try:
        yield
    finally:
        context.detach(token)


def http_headers() -> dict[str, str]:
    """The headers that let the receiver of an HTTP call go on with this task's trace."""
    traceparent = current()
    return {} if traceparent is None else {HEADER: traceparent}


def headers_for(traceparent: str | None) -> list[tuple[str, bytes]] | None:
    """The headers of a Kafka record that carries this, None for none."""
    return None if traceparent is None else [(HEADER, traceparent.encode())]


def traceparent_in(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    """The well-formed `traceparent` that a Kafka record carries, if any."""
    for name, value in headers:
        if name == HEADER:
            text = (value or b"").decode("ascii", errors="replace")
            return text if parsed(text) is not None else None
    return None
