"""A receiver of callbacks on loopback that answers as it is told and remembers what came."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Came:
    """One request as it came: headers by name in lower case, the exact body."""

    line: str
    headers: dict[str, str]
    body: bytes


Script: TypeAlias = Callable[["Came", asyncio.StreamWriter], Awaitable[None]]


def answers(status: str, *, headers: str = "", body: bytes = b"") -> Script:
    """Answers with a status line such as "200 OK"."""

    async def answer(_came: Came, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


@dataclass
class Receiver:
    """Where callbacks come to; `script` may be changed while it runs."""

    script: Script = field(default_factory=lambda: answers("200 OK"))
    came: list[Came] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    open_now: int = 0
    open_most: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/resume?from=here"

    async def after(self, count: int, seconds: float = 30) -> list[Came]:
        """What came, once there are so many."""
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(lambda: len(self.came) >= count)
        return list(self.came)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                came = await _read(reader)
                self.open_now += 1
                self.open_most = max(self.open_most, self.open_now)
                async with self.arrived:
                    self.came.append(came)
                    self.arrived.notify_all()
                try:
                    await self.script(came, writer)
                finally:
                    self.open_now -= 1
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Came:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.strip().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (text.partition(":") for text in rest)
    }
    return Came(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def receiving(
    script: Script | None = None, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncGenerator[Receiver]:
    """A receiver that serves while the block runs."""
    receiver = Receiver()
    if script is not None:
        receiver.script = script
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
