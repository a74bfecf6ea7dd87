"""The pictures among a question's files: those of types that a browser can only paint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""No SVG: that is a document, which could bring scripts and text that looks like ours."""
MAX_PICTURES = 12


@dataclass(frozen=True, slots=True)
class File:
    """A file of a question or of an answer, and what is known of it without opening it."""

    id: str
    name: str
    about: str
    is_picture: bool


def files_of(attachments: Sequence[Mapping[str, Any]]) -> tuple[File, ...]:
    """The files; the first few pictures of them are to be shown, the others are for saving."""
    left = MAX_PICTURES
    found: list[File] = []
    for given in attachments:
        shows = str(given["media_type"]) in RASTER and left > 0
        left -= shows
        about = f"{given['media_type']}, {_size(int(given['size_bytes']))}"
        found.append(File(str(given["id"]), str(given["name"]), about, is_picture=shows))
    return tuple(found)


def _size(size: int) -> str:
    for unit, bytes_each in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= bytes_each:
            return f"{size / bytes_each:.1f} {unit}"
    return f"{size} bytes"
