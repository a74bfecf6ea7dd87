"""A caller who asks again while a view lags, as the API asks callers to."""

import asyncio
import time
from typing import Any

import httpx

LONGEST_SECONDS = 30
PAUSE_SECONDS = 0.1


def says_behind(response: Any) -> bool:
    """Whether an answer, of httpx or of requests, says that a view is behind."""
    unavailable = response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    return unavailable and b"The view has" in response.content


class Patient(httpx.AsyncBaseTransport):
    """Sends what came back as "the view is behind" once more; all else passes as it is.

    Such an answer means that nothing was done, so that any method may be repeated.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + LONGEST_SECONDS
        while True:
            response = await self._inner.handle_async_request(request)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return response
            await response.aread()
            if not says_behind(response) or time.monotonic() > until:
                return response
            await response.aclose()
            await asyncio.sleep(PAUSE_SECONDS)

    async def aclose(self) -> None:
        await self._inner.aclose()
