"""The way from a tool to the REST API of this very process, with the caller's own credential.

So identity, limits, tenancy and refusals are those of REST, and there is no second way in.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from handraise.mcp.voices import ACT_FOR, Door, Voices, bearer_in, voices_of
from handraise.pace import Pace
from starlette.requests import Request

from api.errors import Unauthenticated

PACE = Pace(patience_seconds=10, outage_seconds=60)
"""Shorter than a client's: whoever calls from outside can come again, to another replica."""


def door_to(url: str) -> Door:
    """A door to the app that serves the call; `url` is only how it is spelt."""

    @asynccontextmanager
    async def door(request: Request | None) -> AsyncGenerator[Voices]:
        credential = bearer_in(request.headers) if request is not None else None
        if request is None or credential is None:
            raise Unauthenticated("A tool was called without a credential")
        client = request.client
        transport = httpx.ASGITransport(request.app, client=(client.host, 0) if client else ("", 0))
        async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
            yield voices_of(url, credential, request.headers.get(ACT_FOR), http=http, pace=PACE)

    return door
