"""Reading the logs of processes: their ends, their last errors."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import cast

TAIL_BYTES = 64 * 1024
SHOWN_CHARACTERS = 300

# "2026-01-01T00:00:00.000Z ERROR text" (broker), "… [123] FATAL:  text" (database).
_PLAIN = re.compile(r"\b(?:ERROR|FATAL|PANIC):? +(.+)")
_PYTHON = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Trouble)\b.*")
_BAD_LEVELS = {"error", "critical"}


def tail(path: Path, most_bytes: int = TAIL_BYTES) -> list[str]:
    """The last whole lines of `path`, at most `most_bytes` of them; none where there is no file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - most_bytes))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    lines = text.splitlines()
    return lines[1:] if size > most_bytes else lines


def last_error(path: Path) -> str:
    """The last error that the end of `path` tells of, cut to one line; else empty."""
    return last_error_of(tail(path))


def last_error_of(lines: Iterable[str]) -> str:
    """The last line of `lines` that is an error: JSON by its level, else by how it looks."""
    found = ""
    for line in lines:
        found = error_in(line) or found
    return found[:SHOWN_CHARACTERS]


def error_in(line: str) -> str:
    """What a log line says if it is an error, else the empty string."""
    if line.startswith("{"):
        return _error_in_json(line)
    if plain := _PLAIN.search(line):
        return plain.group(1).strip()
    if python := _PYTHON.match(line):
        return python.group(0).strip()
    return ""


def _error_in_json(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(entry, dict):
        return ""
    fields = cast(dict[str, object], entry)
    if str(fields.get("level", "")).lower() not in _BAD_LEVELS:
        return ""
    parts = (fields.get(key) for key in ("event", "message", "error"))
    return ": ".join(str(part) for part in parts if part)


class LastError:
    """The last error that a growing log tells of, read a piece at a time."""

    def __init__(self, path: Path) -> None:
        """Take in what is written after now."""
        self._path = path
        self._position = _size(path)
        self._rest = b""
        self.text = ""

    def look(self) -> str:
        """Read on; returns the last error so far, or the empty string."""
        size = _size(self._path)
        if size < self._position:  # rolled: a new file under the old name
            self._position = 0
        if size > self._position:
            with self._path.open("rb") as file:
                file.seek(max(self._position, size - TAIL_BYTES))
                piece = self._rest + file.read()
                self._position = file.tell()
            *lines, self._rest = piece.split(b"\n")
            self.text = (
                last_error_of(line.decode("utf-8", "replace") for line in lines) or self.text
            )
        return self.text


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
