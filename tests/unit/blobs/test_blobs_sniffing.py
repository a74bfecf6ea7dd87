"""A file is held against what it is said to be, however its bytes come."""

import pytest

from kernel.blobs.sniffing import HEAD_BYTES, Sniffed

PNG = b"\x89PNG\r\n\x1a\n" + bytes(600)
PDF = b"%PDF-1.7\n" + b"x" * 600
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(600)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GOOD = [
    ("image/png", PNG),
    ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(9)),
    ("image/gif", b"GIF89a"),
    ("image/webp", b"RIFF\x00\x01\x02\x03WEBPVP8 "),
    ("application/pdf", PDF),
    ("application/zip", b"PK\x03\x04" + bytes(40)),
    (DOCX, b"PK\x03\x04" + bytes(40)),
    ("audio/wav", b"RIFF\x00\x01\x02\x03WAVEfmt "),
    ("video/mp4", MP4),
    ("text/plain", "grüße \U0001f980".encode() * 300),
    ("text/markdown", b"# <script>alert(1)</script>"),
    ("application/json", b"{}"),
    ("application/x-ours", b"whatever"),
]
BAD = [
    ("image/png", PDF),
    ("image/png", b"<svg onload=alert(1)>"),
    ("image/jpeg", b""),
    ("application/pdf", b"MZ\x90\x00"),
    ("text/plain", PNG),
    ("text/plain", b"a\x00b"),
    ("text/plain", b"x" * 2000 + b"\xff"),
    ("text/plain", "ü".encode()[:1]),
    ("text/csv", b"%PDF-1.4"),
    ("text/plain", b"#!/bin/sh\nrm -rf /"),
    ("application/x-ours", b"\x7fELF\x02"),
    ("application/zip", b"PK"),
]


def fault(media_type: str, data: bytes, size: int) -> str | None:
    sniffed = Sniffed(media_type)
    for start in range(0, len(data), size):
        if found := sniffed.more(data[start : start + size]):
            return found
    return sniffed.end()


@pytest.mark.parametrize("size", [1, 7, HEAD_BYTES, 10_000])
@pytest.mark.parametrize(("media_type", "data"), GOOD, ids=lambda value: str(value)[:30])
def test_a_file_of_its_type_is_taken(media_type: str, data: bytes, size: int) -> None:
    assert fault(media_type, data, size) is None


@pytest.mark.parametrize("size", [1, 7, HEAD_BYTES, 10_000])
@pytest.mark.parametrize(("media_type", "data"), BAD, ids=lambda value: str(value)[:30])
def test_a_file_that_is_something_else_is_not(media_type: str, data: bytes, size: int) -> None:
    assert fault(media_type, data, size)
