"""Serves a server over HTTP, each call by itself, so that any replica can take any of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from handraise.mcp.voices import ACT_FOR, Door, Voices, bearer_in, voices_of

MAX_BODY_BYTES: Final = 512 * 1024
LOOPBACK: Final = ("127.0.0.1:*", "localhost:*", "[::1]:*")
UNAUTHENTICATED: Final = 401

Check = Callable[[str], Awaitable[bool]]
"""Whether a bearer credential holds."""


class StatelessApp:
    """A server as an ASGI application that keeps nothing from call to call.

    Browsers may call only from these origins, and only under these host names: a page elsewhere
    can neither call nor be made to look like us (DNS rebinding). Without `hosts` any name will do,
    for servers behind a proxy.
    """

    def __init__(
        self,
        server: MCPServer[Any],
        *,
        origins: Sequence[str] = (),
        hosts: Sequence[str] | None = LOOPBACK,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._server = server
        self._origins = list(origins)
        self._hosts = hosts
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one call; all that it started has ended when this returns."""
        # A manager for each call: its tasks end with the call, and nobody has to start and stop it
        # with the application. The server gives one away only together with an app.
        self._server.streamable_http_app(
            stateless_http=True,
            max_request_body_size=self._max_body_bytes,
            transport_security=self._security(Request(scope).headers.get("host", "")),
        )
        manager = self._server.session_manager
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    def _security(self, host: str) -> TransportSecuritySettings:
        hosts = [host] if self._hosts is None else list(self._hosts)
        return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=self._origins)


class Guarded:
    """Lets only calls through whose bearer credential holds; others are told to bring one."""

    def __init__(self, app: StatelessApp, check: Check) -> None:
        self._app = app
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one call."""
        credential = bearer_in(Request(scope).headers)
        if credential is not None and await self._check(credential):
            await self._app(scope, receive, send)
            return
        # RFC 6750 3.1: no error code where no credential was sent.
        told = 'Bearer realm="handraise"'
        headers = {"WWW-Authenticate": f'{told}, error="invalid_token"' if credential else told}
        detail = "Send `Authorization: Bearer <API key or token>`"
        await JSONResponse({"detail": detail}, UNAUTHENTICATED, headers)(scope, receive, send)


def application(server: MCPServer[Any], check: Check, *, path: str = "/mcp") -> Starlette:
    """A server as an application of its own on the loopback, for callers with a credential."""
    guarded = Guarded(StatelessApp(server), check)
    return Starlette(routes=[Route(path, guarded, methods=["POST"])])


def door_by_bearer(url: str, http: httpx.AsyncClient) -> Door:
    """A door that speaks to the service with what each call brings along, and as nobody else."""

    @asynccontextmanager
    async def door(request: Request | None) -> AsyncGenerator[Voices]:
        headers = request.headers if request is not None else {}
        yield voices_of(url, bearer_in(headers) or "", headers.get(ACT_FOR), http=http)

    return door


def check_by_asking(url: str, http: httpx.AsyncClient) -> Check:
    """A check that asks the service; while it is away, the calls behind it say so themselves."""

    async def check(credential: str) -> bool:
        headers = {"Authorization": f"Bearer {credential}"}
        try:
            found = await http.get(f"{url}/api/v1/me", headers=headers)
        except httpx.HTTPError:
            return True
        return found.status_code != UNAUTHENTICATED

    return check
