"""Each call is a span: of its caller's trace where it names one, else the first of a new one."""

from typing import Any

from opentelemetry.trace import Span, SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.tracing.spans import failed, span
from kernel.tracing.subject import about, subject
from kernel.tracing.trace_context import traceparent_in

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds, about nothing."""
SERVER_ERROR = 500


class Traced:
    """The layer round all others; what a call's log lines are about is forgotten behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one call."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self._app(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        parent = traceparent_in((name.decode("latin-1"), value) for name, value in scope["headers"])
        with subject(), span("call", parent=parent, kind=SpanKind.SERVER) as made:
            try:
                await self._app(scope, receive, noting)
            finally:
                if made.is_recording():
                    _complete(made, scope, status)


def _complete(made: Span, scope: Scope, status: int) -> None:
    """Says what only routing and answering brought to light."""
    route: Any = scope.get("route")
    pattern = getattr(route, "path", "")
    made.update_name(f"{scope['method']} {pattern}".rstrip())
    made.set_attribute("http.request.method", scope["method"])
    made.set_attribute("http.response.status_code", status)
    if pattern:
        made.set_attribute("http.route", pattern)
    state = scope.get("state", {})
    principal = state.get("principal")
    about(
        call_id=state.get("request_id"),
        request_id=scope.get("path_params", {}).get("request_id"),
        tenant=getattr(principal, "tenant", None),
    )
    if status >= SERVER_ERROR or status == 0:
        failed(made, str(status))
