"""An agent's webhook receiver, which verifies with the official package."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kernel.http_server import HttpServer
from tests.support.eventually import eventually
from tests.support.processes import free_port_base


class Receiver:
    """What it was called with, per request: the bodies by webhook id, and all headers."""

    def __init__(self, secret: str, port: int) -> None:
        self.calls: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.headers: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        self.attempts = 0
        self.url = f"http://127.0.0.1:{port}/resume"
        self._webhook = Webhook(secret)

    async def resume(self, request: Request) -> Response:
        """Takes a callback; one that does not verify is refused and shows as an error."""
        raw = await request.body()
        self._webhook.verify(raw, dict(request.headers))
        body = orjson.loads(raw)
        self.attempts += 1
        self.headers[body["request_id"]].append(dict(request.headers))
        self.calls[body["request_id"]][request.headers["webhook-id"]] = body
        workflow_id = body["metadata"].get("workflow_id")
        return JSONResponse({"status": "resumed", "workflow_id": workflow_id})

    async def called(self, request_id: str, within_seconds: float = 30) -> dict[str, Any]:
        """The first callback about a request."""

        async def look() -> dict[str, Any] | None:
            return next(iter(self.calls[request_id].values()), None)

        found = await eventually(look, within_seconds=within_seconds)
        assert found is not None
        return found


@asynccontextmanager
async def receiver(secret: str) -> AsyncGenerator[Receiver]:
    """A receiver that runs inside the block."""
    port = free_port_base()
    made = Receiver(secret, port)
    app = Starlette(routes=[Route("/resume", made.resume, methods=["POST"])])
    task = asyncio.create_task(HttpServer(app, host="127.0.0.1", port=port).run())

    async def answers() -> bool:
        async with httpx.AsyncClient() as http:
            try:
                return (await http.get(made.url)).status_code == 405
            except httpx.TransportError:
                return False

    try:
        await eventually(answers)
        yield made
    finally:
        task.cancel()
        await asyncio.wait([task])
