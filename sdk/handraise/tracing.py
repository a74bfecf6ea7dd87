"""Hands on the trace of what an agent does, where the agent's process has OpenTelemetry."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from handraise.webhooks import Headers

try:
    from opentelemetry import context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError:
    context = propagator = None
else:
    propagator = TraceContextTextMapPropagator()

_NAMES = ("traceparent", "tracestate")


def outgoing() -> dict[str, str]:
    """The headers that say in which trace a call belongs; none outside of one."""
    headers: dict[str, str] = {}
    if propagator is not None:
        propagator.inject(headers)
    return headers


@contextmanager
def continued(headers: Headers) -> Generator[None]:
    """What is done within belongs to the trace that these headers of a callback name."""
    if propagator is None or context is None:
        yield
        return
    token = context.attach(propagator.extract(_text(headers)))
    try:
        yield
    finally:
        context.detach(token)


def _text(headers: Headers) -> dict[str, str]:
    if isinstance(headers, Mapping):
        pairs = [(str(name), str(value)) for name, value in headers.items()]
    else:
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
    return {name.lower(): value for name, value in pairs if name.lower() in _NAMES}
