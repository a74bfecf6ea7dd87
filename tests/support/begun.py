"""Asks for an answer that would not end, and hangs up at once."""

from typing import Any

import httpx

from tests.support.front_door import House


async def begun(house: House, path: str, client: httpx.AsyncClient) -> int:
    """The status of such an answer."""
    request = client.build_request("GET", path)
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": "http",
        "server": ("front.test", 80),
        "client": ("127.0.0.1", 1),
    }
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await house.app(scope, receive, send)
    return statuses[0]
