"""A head that does not end is cut off, in size and in time, before there is a call at all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

import api.limits.protocol
from api.limits.protocol import MAX_HEAD_BYTES, GuardedProtocol
from kernel.http_server import HttpServer
from tests.support.eventually import eventually
from tests.support.processes import free_port_base


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    port = free_port_base()
    server = HttpServer(app, host="127.0.0.1", port=port, protocol=GuardedProtocol)
    serving = asyncio.create_task(server.run())

    async def answers() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    await eventually(answers)
    yield port
    serving.cancel()
    await asyncio.wait([serving])


async def said(port: int, *pieces: bytes) -> bytes:
    """All that the server says to this until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with asyncio.timeout(10):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def test_a_header_that_never_ends_is_cut_off(port: int) -> None:
    endless = [b"GET / HTTP/1.1\r\nx: "] + [b"y" * 1024] * (MAX_HEAD_BYTES // 1024 + 64)
    answer = await said(port, *endless)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


async def test_an_address_that_never_ends_is_cut_off(port: int) -> None:
    endless = [b"GET /"] + [b"y" * 1024] * (MAX_HEAD_BYTES // 1024 + 64)
    answer = await said(port, *endless)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_head_that_takes_too_long_is_cut_off(
    port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.limits.protocol, "HEAD_SECONDS", 0.05)
    assert (await said(port, begun)).startswith(b"HTTP/1.1 408 ")


async def test_the_next_head_on_a_connection_is_guarded_too(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.limits.protocol, "HEAD_SECONDS", 0.05)
    whole = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = await said(port, whole, whole, b"GET / HTTP/1.1\r\n")
    assert answer.count(b"HTTP/1.1 204 ") == 2
    assert b"HTTP/1.1 408 " in answer


async def test_a_long_body_is_no_long_head(port: int) -> None:
    size = MAX_HEAD_BYTES * 3
    head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % size
    assert (await said(port, head, b"y" * size)).startswith(b"HTTP/1.1 204 ")
