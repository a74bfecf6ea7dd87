"""The tools as a program: over stdio with one credential, over HTTP with each caller's own."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.requests import Request

from handraise.errors import NotConfigured
from handraise.exchange import LIMITS
from handraise.mcp.http import Check, application, check_by_asking, door_by_bearer
from handraise.mcp.server import make_server
from handraise.mcp.voices import Door, Voices, voices_of
from handraise.settings import checked, from_environment


def door_of(voices: Voices) -> Door:
    """A door through which everybody speaks with these voices."""

    @asynccontextmanager
    async def door(request: Request | None) -> AsyncGenerator[Voices]:
        yield voices

    return door


async def over_stdio(environment: Mapping[str, str]) -> None:
    """Serve one client at stdin and stdout with the environment's credential.

    Reads `HANDRAISE_URL`, `HANDRAISE_API_KEY` and `HANDRAISE_ACT_FOR`, the id of the person for
    whom a key speaks. Raises `NotConfigured`.
    """
    voices = voices_of(*from_environment(environment), environment.get("HANDRAISE_ACT_FOR"))
    async with voices.asking:
        await make_server(door_of(voices)).run_stdio_async()


async def over_http(environment: Mapping[str, str], port: int) -> None:
    """Serve `http://127.0.0.1:<port>/mcp`; each caller brings a credential of their own.

    Reads `HANDRAISE_URL`. Raises `NotConfigured`.
    """
    if not environment.get("HANDRAISE_URL"):
        raise NotConfigured("Set HANDRAISE_URL in the environment")
    url, _ = checked(environment["HANDRAISE_URL"], "each-caller-brings-one")
    async with httpx.AsyncClient(limits=LIMITS) as http:
        server = make_server(door_by_bearer(url, http))
        await serve_http(server, check_by_asking(url, http), port)


async def serve_http(server: MCPServer[Any], check: Check, port: int) -> None:
    """Serve any server on the loopback until the process is told to stop."""
    config = uvicorn.Config(
        application(server, check), host="127.0.0.1", port=port, log_level="warning"
    )
    await uvicorn.Server(config).serve()
