"""Reads the forms that our pages send."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.bodies import body_of, read_bytes
from api.door import door_of
from api.errors import MediaType, TooSlow
from kernel.errors import Flaw, Invalid
from kernel.text import MAX_BYTES, text_fault

MAX_FIELDS = 1000
MAX_FILES = 5
UPLOAD_SECONDS = 120
PIECE_BYTES = 64 * 1024
_encoded, _in_parts = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True, slots=True)
class CameIn:
    """A file that came with a form; its bytes can be read once."""

    name: str
    media_type: str
    upload: UploadFile

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes."""
        while piece := await self.upload.read(PIECE_BYTES):
            yield piece


@dataclass(frozen=True, slots=True)
class Filled:
    """What came with a form: its fields, and its files."""

    fields: dict[str, str]
    files: Sequence[CameIn] = field(default=())


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, line ends as single line feeds.

    Raises:
        MediaType, BodyTooLarge: as `read_bytes`, or it is no encoded form.
        Invalid: not UTF-8, too many fields, one twice, or text that can't be kept.
    """
    if _kind_of(request) != _encoded:
        raise MediaType(f"{_encoded} is expected")
    raw = await read_bytes(request)
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise _invalid("no form in UTF-8 within our limits") from None
    return _once_each(pairs)


async def read_filled(request: Request) -> Filled:
    """The fields of a form that may bring files, and these.

    Raises:
        MediaType, BodyTooLarge, Invalid: as `read_form`.
        TooSlow: its end did not come in time.
    """
    if _kind_of(request) != _in_parts:
        return Filled(await read_form(request))
    limit = door_of(request).settings.attachment_max_bytes * MAX_FILES + MAX_BYTES
    parser = MultiPartParser(
        request.headers,
        body_of(request, limit),
        # An empty picker sends a file without a name.
        max_files=MAX_FILES + 1,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_BYTES,
    )
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            parts: Sequence[tuple[str, Any]] = (await parser.parse()).multi_items()
    except TimeoutError:
        raise TooSlow(f"The form was not there after {UPLOAD_SECONDS} seconds") from None
    except (MultiPartException, UnicodeDecodeError, KeyError):
        raise _invalid("no form in UTF-8 within our limits") from None
    files = [part for _, part in parts if isinstance(part, UploadFile) and part.filename]
    return Filled(
        _once_each([(name, text) for name, text in parts if isinstance(text, str)]),
        [CameIn(f.filename or "", f.content_type or "", f) for f in files],
    )


def _kind_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _once_each(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    fields = {name: value.replace("\r\n", "\n") for name, value in pairs}
    if len(fields) != len(pairs):
        raise _invalid("a field is given twice")
    if fault := next(filter(None, map(text_fault, fields.values())), None):
        raise _invalid(f"a text {fault}")
    return fields


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, (Flaw("", detail),))
