"""Cuts a stream of bytes into pieces of one size."""

from collections.abc import AsyncGenerator, AsyncIterator


async def cut(pieces: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    """The same bytes in pieces of this size; only the last may be shorter."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)
