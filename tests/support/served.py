"""A front door behind a real HTTP server, for tests that must speak on a socket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from api.limits.protocol import GuardedProtocol
from api.serving import Serving
from kernel.http_server import HttpServer
from kernel.service import Readiness
from tests.support.eventually import eventually
from tests.support.front_door import House
from tests.support.patience import Patient
from tests.support.processes import free_port_base


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is, and the task that serves; cancel it and it drains."""

    port: int
    readiness: Readiness
    serving: asyncio.Task[None]

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, bearer: str) -> httpx.AsyncClient:
        """A client with this credential."""
        headers = {"Authorization": f"Bearer {bearer}"}
        transport = Patient(httpx.AsyncHTTPTransport())
        return httpx.AsyncClient(
            base_url=self.url, headers=headers, transport=transport, timeout=30
        )

    async def said(self, *pieces: bytes, within_seconds: float = 30) -> bytes:
        """All that the server says to these bytes until it hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        async with asyncio.timeout(within_seconds):
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()


@asynccontextmanager
async def served(
    house: House, *, drain_seconds: float = 0, port: int | None = None
) -> AsyncGenerator[Served]:
    """Serves the house on loopback until the block ends; after that nobody can wait in it."""
    port = port or free_port_base()
    server = HttpServer(house.app, host="127.0.0.1", port=port, protocol=GuardedProtocol)
    readiness = Readiness()
    door = Serving(server, house.door.live, [], readiness, drain_seconds=drain_seconds)
    serving = asyncio.create_task(door.run())

    async def answers() -> bool:
        async with httpx.AsyncClient() as http:
            try:
                return (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
            except httpx.HTTPError:
                return False

    await eventually(answers)
    try:
        yield Served(port, readiness, serving)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
