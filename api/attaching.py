"""Takes files in and gives them out: streamed, measured, held against their type, a few at once."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from api.errors import MediaType, TooSlow
from api.limits.fairness import Lanes
from event_schemas.types import Attachment
from kernel.blobs.port import Blobs
from kernel.blobs.sniffing import Sniffed
from kernel.directory.attachments import Attachments, NewFile
from kernel.errors import HandraiseError
from kernel.telemetry import logger
from kernel.validation import flawed

log = logger()
AT_ONCE = 16
AT_ONCE_PER_TENANT = 4
TURN_SECONDS = 5.0
UPLOAD_SECONDS = 120


class _Measured:
    """A file's bytes on their way, counted and hashed."""

    def __init__(self, pieces: AsyncIterator[bytes], media_type: str) -> None:
        self._pieces = pieces
        self._sniffed = Sniffed(media_type)
        self._sha = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of what has come so far, hex."""
        return self._sha.hexdigest()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes.

        Raises:
            MediaType: they are not what they are said to be.
            Invalid: there are none.
        """
        async for piece in self._pieces:
            self._agree(self._sniffed.more(piece))
            self._sha.update(piece)
            self.size += len(piece)
            yield piece
        self._agree(self._sniffed.end())
        if self.size == 0:
            raise flawed("", "the file is empty")

    @staticmethod
    def _agree(fault: str | None) -> None:
        if fault is not None:
            raise MediaType(f"The file is not what its Content-Type says: {fault}")


class Attaching:
    """The files of all tenants: what they are in the directory, their bytes in the blob store."""

    def __init__(self, attachments: Attachments, blobs: Blobs) -> None:
        self._attachments = attachments
        self._blobs = blobs
        self._all = Lanes("files", AT_ONCE)
        self._each = Lanes("files of yours", AT_ONCE_PER_TENANT)

    async def take(self, new: NewFile, pieces: AsyncIterator[bytes]) -> Attachment:
        """Keeps a file.

        Raises:
            MediaType, Invalid: the bytes are not those of a file of its type.
            TooSlow: they did not all come in time.
            Saturated: too many files come in just now.
            Unavailable: they can't be kept now.
        """
        measured = _Measured(pieces, new.media_type)
        async with self._each.turn(new.tenant, TURN_SECONDS), self._all.turn("", TURN_SECONDS):
            await self._attachments.begin(new)
            try:
                async with asyncio.timeout(UPLOAD_SECONDS):
                    await self._blobs.put(new.id, measured.pieces())
            except TimeoutError:
                await self._forget(new)
                raise TooSlow(f"The file was not there after {UPLOAD_SECONDS} seconds") from None
            except BaseException:
                await self._forget(new)
                raise
            return await self._attachments.finish(
                new, sha256=measured.sha256, size_bytes=measured.size
            )

    async def give(
        self, tenant: str, attachment_id: str
    ) -> tuple[Attachment, AsyncIterator[bytes]]:
        """A tenant's file, and its bytes.

        Raises:
            NotFound: it has none such.
            Unavailable: it can't be read now.
        """
        file = await self._attachments.get(tenant, attachment_id)
        pieces = self._blobs.get(file.id)
        first = await anext(aiter(pieces), b"")
        return file, _after(first, pieces)

    async def tidy(self) -> int:
        """Removes files that nobody has named for a day; gives how many.

        Raises:
            Unavailable: the directory or the blob store is away.
        """
        unused = await self._attachments.claim_unused()
        for attachment_id in unused:
            await self._blobs.delete(attachment_id)
            await self._attachments.forget(attachment_id)
        return len(unused)

    async def close(self) -> None:
        """Lets connections go."""
        await self._blobs.close()

    async def _forget(self, new: NewFile) -> None:
        # What can't be forgotten now is tidied up in a day.
        with suppress(HandraiseError):
            await self._attachments.forget(new.id)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for piece in rest:
        yield piece


class Tidying:
    """The part that removes unused files now and then; several replicas may."""

    def __init__(self, attaching: Attaching, every_seconds: float = 600) -> None:
        self._attaching = attaching
        self._every_seconds = every_seconds

    async def run(self) -> None:
        """Tidies until cancelled."""
        while True:
            try:
                while removed := await self._attaching.tidy():
                    log.info("unused attachments removed", number=removed)
            except HandraiseError as error:
                log.warning("unused attachments stay for now", error=str(error))
            await asyncio.sleep(self._every_seconds)
