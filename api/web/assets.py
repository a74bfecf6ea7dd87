"""The files that pages are dressed with, under addresses that change when any of them does.

Scripts import each other by their names, so all stand side by side under one digest of them all.
"""

import hashlib
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _read() -> dict[str, bytes]:
    paths = sorted(path for path in STATIC.iterdir() if path.suffix in TYPES)
    return {path.name: path.read_bytes() for path in paths}


FILES = _read()
"""Every file by its name, as it was when this process began."""


def _digest() -> str:
    found = hashlib.sha256()
    for name, content in FILES.items():
        found.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return found.hexdigest()[:16]


DIGEST = _digest()


def address_of(name: str) -> str:
    """The address of a file.

    Raises:
        KeyError: there is none of this name.
    """
    if name not in FILES:
        raise KeyError(name)
    return f"/static/{DIGEST}/{name}"
