"""What every HTTP answer gets: a request id, safe headers, a line in the log, and a measurement."""

import asyncio
import re
import time
from collections.abc import Iterable
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits.pressure import Pressure, Visit
from api.problems import Problem, problem_of_error, problem_of_fault, problem_of_status
from kernel.errors import HandraiseError, Unavailable
from kernel.ids import new_id
from kernel.telemetry import logger
from kernel.tenancy import tenant_now

log = logger()
answered = Counter("handraise_http_answers", "HTTP answers", ["method", "route", "status"])
took = Histogram(
    "handraise_http_seconds",
    "Time from a call's head to its answer's end",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)

REQUEST_ID = b"x-request-id"
MAX_ADDRESS_BYTES = 8 * 1024
MAX_HEADER_BYTES = 32 * 1024
_good_id = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")

_CSP = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    b" connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_safe_headers = (
    (b"content-security-policy", _CSP),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # With `no-referrer` browsers send `Origin: null` from our own forms.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_not_kept = (b"cache-control", b"no-store")
_secure = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


_always_open = frozenset({"/healthz", "/readyz", "/metrics"})
"""Where operators look just when there is too much to do."""


class Edge:
    """The outermost layer of the app; nothing that is raised within leaves it."""

    def __init__(self, app: ASGIApp, *, https: bool, pressure: Pressure) -> None:
        self._app = app
        self._pressure = pressure
        self._headers = (*_safe_headers, _secure) if https else _safe_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Nobody's, until somebody has proved who they are.
        tenant_now.set("")
        exchange = _Exchange(scope, send, self._headers)
        scope.setdefault("state", {})["request_id"] = exchange.id
        visit: Visit | None = None
        try:
            refused = _too_long(scope)
            if refused is not None:
                await exchange.answer(refused, receive)
                return
            if scope["path"] not in _always_open:
                visit = scope["state"]["visit"] = self._pressure.visit()
            await self._app(scope, receive, exchange.send)
        except HandraiseError as error:
            await exchange.answer(problem_of_error(error), receive)
        except asyncio.CancelledError:
            # The server stops and waits no longer: what was sent may still come true.
            stopped = Unavailable("The server stops; repeat the call with its key")
            await exchange.answer(problem_of_error(stopped), receive)
            raise
        except Exception:
            log.exception("call failed", call_id=exchange.id, route=exchange.route)
            await exchange.answer(problem_of_fault(), receive)
        finally:
            if visit is not None:
                visit.leave()
            exchange.end()


class _Exchange:
    """One call and its answer."""

    def __init__(self, scope: Scope, send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._scope = scope
        self._send = send
        self._headers = headers
        self._began = time.perf_counter()
        self.status = 0
        given = next((v for k, v in scope["headers"] if k == REQUEST_ID), b"")
        self.id = given.decode() if _good_id.match(given) else new_id()

    @property
    def started(self) -> bool:
        return self.status != 0

    @property
    def route(self) -> str:
        """The route's pattern, so that ids in addresses make no new metrics."""
        route: Any = self._scope.get("route")
        return getattr(route, "path", "other")

    async def answer(self, problem: Problem, receive: Receive) -> None:
        """Answers with a problem, if nothing was answered yet."""
        if not self.started:
            response = problem.response(self._scope["path"][:200])
            await response(self._scope, receive, self.send)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._complete(message.get("headers", ()))}
        await self._send(message)

    def _complete(self, given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = list(given)
        known = {name for name, _ in headers}
        headers.extend(one for one in (*self._headers, _not_kept) if one[0] not in known)
        headers.append((REQUEST_ID, self.id.encode()))
        rates: dict[str, str] = self._scope["state"].get("rate_headers", {})
        for name, value in rates.items():
            if name.lower().encode() not in known:
                headers.append((name.lower().encode(), value.encode()))
        if self.status in _hanging_up:
            # Else a client may go on to send what nobody reads.
            headers.append((b"connection", b"close"))
        return headers

    def end(self) -> None:
        seconds = time.perf_counter() - self._began
        method, route = self._scope["method"], self.route
        known = method if method in _methods else "other"
        answered.labels(known, route, str(self.status)).inc()
        took.labels(route).observe(seconds)
        principal: Any = self._scope["state"].get("principal")
        log.info(
            "call",
            method=method,
            route=route,
            path=_loggable(self._scope["path"]),
            status=self.status,
            ms=round(seconds * 1000, 1),
            call_id=self.id,
            tenant=getattr(principal, "tenant", None),
            caller=getattr(principal, "id", None),
        )


_hanging_up = frozenset({408, 413})
_methods = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


_secret_begins = ("/a/", "/invitations/", "/slack/", "/share/")


def _loggable(path: str) -> str:
    """A path as it may stand in a log: without what lets whoever reads it act."""
    begin = next((begin for begin in _secret_begins if path.startswith(begin)), None)
    return path[:200] if begin is None else f"{begin}…"


def _too_long(scope: Scope) -> Problem | None:
    address = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if address > MAX_ADDRESS_BYTES:
        return problem_of_status(414, f"Addresses may have {MAX_ADDRESS_BYTES} bytes")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return problem_of_status(431, f"Headers may have {MAX_HEADER_BYTES} bytes")
    return None
