"""Reads what every call brings along: the request it is about, its key, who calls, and traces."""

import re

from starlette.requests import Request

from api.idempotency import HEADER, parse_key
from api.sending import Call
from kernel.directory.principals import Principal
from kernel.errors import NotFound
from kernel.tracing.subject import about
from kernel.tracing.trace_context import current

_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_correlation = re.compile(r"[\x21-\x7e]{1,255}\Z")


def request_id_in(text: str) -> str:
    """The request id that a path names, in its one form.

    Raises:
        NotFound: it is no id; the answer is the same as for an id that nobody has.
    """
    lowered = text.lower()
    if not _uuid.match(lowered):
        raise no_such_request(text)
    return lowered


def no_such_request(request_id: str) -> NotFound:
    """The one answer for requests that are not there and those of other tenants."""
    return NotFound(f"There is no request {request_id[:64]}.")


def caller_of(request: Request) -> Principal:
    """Who calls, once the route has let them through."""
    return request.state.principal


def route_of(request: Request) -> str:
    """The route's method and pattern."""
    return f"{request.method} {request.scope['route'].path}"


def key_of(request: Request) -> str | None:
    """The idempotency key, or None.

    Raises:
        Invalid: it is none.
    """
    return parse_key(request.headers.getlist(HEADER))


def call_about(request: Request, request_id: str, *, correlation_id: str | None = None) -> Call:
    """The call as a command needs it; `correlation_id` counts where no header names one.

    Raises:
        Invalid: the idempotency key is none.
    """
    principal = caller_of(request)
    correlation_id = _header(request, "x-correlation-id", _correlation) or correlation_id
    about(request_id=request_id, tenant=principal.tenant, correlation_id=correlation_id)
    return Call(
        principal=principal,
        request_id=request_id,
        route=route_of(request),
        channel="api",
        key=key_of(request),
        correlation_id=correlation_id,
        traceparent=current(),
    )


def _header(request: Request, name: str, form: re.Pattern[str]) -> str | None:
    value = request.headers.get(name, "")
    return value if form.match(value) else None
