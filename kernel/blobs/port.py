"""The port behind which the bytes of files lie; who may have them is not its business."""

from collections.abc import AsyncIterator
from typing import Protocol


class Blobs(Protocol):
    """Keeps bytes by key. Each key is written once."""

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """Keeps the bytes that the pieces come to; what the pieces raise keeps nothing.

        Raises:
            Unavailable: they could not be kept.
        """
        ...

    def get(self, key: str) -> AsyncIterator[bytes]:
        """The bytes, in pieces.

        Raises:
            NotFound: there are none of this key.
            Unavailable: they can't be read now.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forgets the bytes; none are fine too.

        Raises:
            Unavailable: they could not be deleted.
        """
        ...

    async def close(self) -> None:
        """Lets connections go."""
        ...
