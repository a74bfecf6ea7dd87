"""A line to Postgres that a test can hold at a statement: before it gets there, or its answer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import urlsplit


class Hold(Enum):
    """What is held of a statement."""

    STATEMENT = auto()
    ANSWER = auto()


@dataclass
class PostgresLine:
    """Passes bytes on, until the statement that has `words` in it comes by; then it holds them."""

    dsn: str
    host: str
    port: int
    words: bytes = b""
    hold: Hold = Hold.STATEMENT
    holding: asyncio.Event = field(default_factory=asyncio.Event)

    def hold_at(self, words: str, hold: Hold) -> None:
        """From now on: holds the first statement that has these words, or what it is answered."""
        self.words, self.hold, self.holding = words.encode(), hold, asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, out = await asyncio.open_connection(self.host, self.port)
        held = asyncio.Event()
        tasks = [
            asyncio.create_task(self._there(reader, out, held)),
            asyncio.create_task(self._back(there, writer, held)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        # The server is to see that its client is gone, before anything that was held is sent.
        out.transport.abort()
        writer.transport.abort()

    async def _there(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, held: asyncio.Event
    ) -> None:
        name = b""
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if name and data[:1] == b"B" and name in data[:80]:
                    # It was prepared; now it is run, and nobody hears how that went.
                    held.set()
                    self.holding.set()
                    self.words = b""
                elif self.words and self.words in data:
                    if self.hold is Hold.STATEMENT:
                        self.words = b""
                        self.holding.set()
                        continue
                    name = data[5 : data.index(b"\0", 5)]
                writer.write(data)
                await writer.drain()

    async def _back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, held: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not held.is_set():
                    writer.write(data)
                    await writer.drain()


@asynccontextmanager
async def postgres_line(dsn: str) -> AsyncGenerator[PostgresLine]:
    """A line to the server of a DSN, while the block runs; its `dsn` leads over it."""
    address = urlsplit(dsn)
    line = PostgresLine("", address.hostname or "127.0.0.1", address.port or 5432)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = address.netloc.rpartition("@")[0]
    netloc = f"{user}@127.0.0.1:{port}" if user else f"127.0.0.1:{port}"
    line.dsn = address._replace(netloc=netloc).geturl()
    try:
        yield line
    finally:
        server.close()
