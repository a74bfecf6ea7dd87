"""Keeps the files that came with a form, by the same rules as those that are put in by the API."""

from collections.abc import AsyncIterator, Sequence

from api.door import FrontDoor
from api.errors import BodyTooLarge
from api.rest.attachments import new_file
from api.web.forms import CameIn
from kernel.directory.principals import Principal


async def put_in(door: FrontDoor, person: Principal, files: Sequence[CameIn]) -> tuple[str, ...]:
    """The ids of the files, kept until somebody names them.

    Raises:
        MediaType, BodyTooLarge, Invalid, TooSlow: one of them is not taken.
        Saturated, Unavailable: they can't be kept now.
    """
    most = door.settings.attachment_max_bytes
    kept: list[str] = []
    for file in files:
        new = new_file(door, person, file.name[:255], file.media_type)
        kept.append((await door.attaching.take(new, _bounded(file, most))).id)
    return tuple(kept)


async def _bounded(file: CameIn, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in file.pieces():
        size += len(piece)
        if size > most:
            raise BodyTooLarge(f"{file.name[:100]} has more than {most} bytes")
        yield piece
