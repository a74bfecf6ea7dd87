"""A receiver of webhooks that takes only what is signed, and keeps it."""

import time
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from handraise.errors import BadSignature
from handraise.webhooks import verify


class Hook:
    """What came to it, in the order in which it came; a repeat is kept once."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self.came: dict[str, dict[str, Any]] = {}

    def app(self) -> FastAPI:
        """Its HTTP interface: POST /hook."""
        app = FastAPI(openapi_url=None)

        @app.post("/hook")
        async def take(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
            body = await request.body()
            try:
                known = verify(request.headers, body, [self._secret], now=time.time())
            except BadSignature:
                return Response(status_code=401)
            self.came[known or str(len(self.came))] = await request.json()
            return Response(status_code=204)

        return app
