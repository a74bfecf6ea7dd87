"""Bytes are cut into pieces of one size, whatever pieces they came in."""

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from kernel.blobs.pieces import cut


async def each(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@given(st.lists(st.binary(max_size=20)), st.integers(1, 9))
async def test_nothing_is_lost_and_only_the_last_is_short(pieces: list[bytes], size: int) -> None:
    found = [piece async for piece in cut(each(pieces), size)]
    assert b"".join(found) == b"".join(pieces)
    assert all(len(piece) == size for piece in found[:-1])
    assert all(0 < len(piece) <= size for piece in found[-1:])
