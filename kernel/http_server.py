"""Serves an ASGI app as one part of a process that stops as a whole."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn

GRACE_SECONDS = 5
# Longer than clients keep idle connections, so that they are the ones who hang up.
KEEP_ALIVE_SECONDS = 75


class _Server(uvicorn.Server):
    """Leaves the signals to the process: it stops as one piece, not by its server first."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        yield


class HttpServer:
    """The part that serves an app; when cancelled it lets requests under way finish."""

    def __init__(
        self,
        app: Any,
        *,
        host: str,
        port: int,
        protocol: type[asyncio.Protocol] | Literal["auto"] = "auto",
        max_connections: int | None = None,
    ) -> None:
        self._server = _Server(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                limit_concurrency=max_connections,
                host=host,
                port=port,
                log_level="error",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                h11_max_incomplete_event_size=64 * 1024,
            )
        )

    async def run(self) -> None:
        """Serves until cancelled.

        Raises:
            OSError: the port is taken.
        """
        serving = asyncio.create_task(self._serve())
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self._server.should_exit = True
            await serving
            raise

    async def _serve(self) -> None:
        config = self._server.config
        try:
            await self._server.serve()
        except SystemExit as error:
            raise OSError(f"{config.host}:{config.port} could not be bound") from error
