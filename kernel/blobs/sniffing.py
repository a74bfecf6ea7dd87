"""Tells from its bytes whether a file is what it is said to be.

It names few types, those that people exchange; what it does not know it does not vouch for.
"""

import codecs
import re

HEAD_BYTES = 512
_zipped = "application/vnd.openxmlformats-officedocument"
_marks: tuple[tuple[re.Pattern[bytes], frozenset[str]], ...] = tuple(
    (re.compile(mark, re.DOTALL), frozenset(types))
    for mark, types in (
        (rb"\x89PNG\r\n\x1a\n", {"image/png"}),
        (rb"\xff\xd8\xff", {"image/jpeg"}),
        (rb"GIF8[79]a", {"image/gif"}),
        (rb"RIFF....WEBP", {"image/webp"}),
        (rb"RIFF....WAVE", {"audio/wav"}),
        (rb"%PDF-", {"application/pdf"}),
        (
            rb"PK\x03\x04|PK\x05\x06",
            {
                "application/zip",
                f"{_zipped}.wordprocessingml.document",
                f"{_zipped}.spreadsheetml.sheet",
                f"{_zipped}.presentationml.presentation",
            },
        ),
        (rb"\x1f\x8b", {"application/gzip"}),
        (rb"....ftyp", {"video/mp4", "audio/mp4"}),
        (rb"\x1aE\xdf\xa3", {"video/webm"}),
        (rb"ID3|\xff[\xfb\xf3\xf2]", {"audio/mpeg"}),
        (rb"OggS", {"audio/ogg"}),
        (rb"MZ|\x7fELF|\xca\xfe\xba\xbe|\xfe\xed\xfa|\xcf\xfa\xed\xfe|#!", {"a program"}),
    )
)
_marked = frozenset[str]().union(*(types for _, types in _marks))
_texts = frozenset({"application/json", "application/yaml", "application/x-ndjson"})


class Sniffed:
    """A file's bytes as they come, held against the type that was said."""

    def __init__(self, media_type: str) -> None:
        self._type = media_type
        self._head = b""
        self._is_text = media_type.startswith("text/") or media_type in _texts
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def more(self, piece: bytes) -> str | None:
        """Takes the next bytes; why they are not of that type, if they are not."""
        if self._is_text and (fault := self._text_fault(piece, final=False)):
            return fault
        known = len(self._head)
        self._head += piece[: HEAD_BYTES - known]
        return self._mark_fault() if known < HEAD_BYTES <= len(self._head) else None

    def end(self) -> str | None:
        """The bytes have ended; why they are not of that type, if they are not."""
        if self._is_text and (fault := self._text_fault(b"", final=True)):
            return fault
        return self._mark_fault()

    def _mark_fault(self) -> str | None:
        found = next((types for mark, types in _marks if mark.match(self._head)), None)
        if found is None:
            return f"it does not begin as {self._type} does" if self._type in _marked else None
        return None if self._type in found else f"it begins as {min(found)} does"

    def _text_fault(self, piece: bytes, *, final: bool) -> str | None:
        if b"\x00" in piece:
            return "text holds no NUL"
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            return "it is no text in UTF-8"
        return None
