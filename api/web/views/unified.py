"""Reads a unified diff into files, hunks and numbered lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

_hunk = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)")
_any_hunk = re.compile(rf"^{_hunk.pattern}", re.MULTILINE)
_index = re.compile(r"index [0-9a-f]+\.\.[0-9a-f]+( \d+)?")


class LineKind(StrEnum):
    """What a line of a hunk is."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number in the old and in the new file, where it has one."""

    kind: LineKind
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of lines; `heading` is what follows the `@@ range @@`, often a function's name."""

    range: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(slots=True)
class FileDiff:
    """The changes of one file; `notes` are its extended header lines (mode, rename, binary).

    `named` is whether its `---` and `+++` lines have been met.
    """

    path: str
    named: bool
    notes: list[str] = field(default_factory=list[str])
    hunks: list[Hunk] = field(default_factory=list[Hunk])

    @property
    def added(self) -> int:
        """How many lines it gains."""
        return self._count(LineKind.ADDED)

    @property
    def removed(self) -> int:
        """How many lines it loses."""
        return self._count(LineKind.REMOVED)

    def _count(self, kind: LineKind) -> int:
        return sum(line.kind is kind for hunk in self.hunks for line in hunk.lines)


def is_unified_diff(text: str) -> bool:
    """Whether the text has at least one hunk header."""
    return _any_hunk.search(text) is not None


def parse_diff(text: str) -> list[FileDiff]:
    """The files that a unified diff changes, in its order.

    Never fails: what fits nowhere becomes a note of the file it stands in, so that nothing but
    git's `index` lines is left out.
    """
    files: list[FileDiff] = []
    lines = _Lines(text)
    for line in lines:
        if line.startswith("diff --git "):
            files.append(FileDiff(_git_path(line), named=False))
        elif line.startswith("--- ") and lines.ahead().startswith("+++ "):
            _name(files, line, next(lines))
        elif header := _hunk.match(line):
            _current(files).hunks.append(_read_hunk(header, lines))
        elif line and not _index.fullmatch(line):
            _current(files).notes.append(line)
    return files


class _Lines:
    """The lines of a text, with a look at the next one. Only line feeds end a line."""

    def __init__(self, text: str) -> None:
        self._lines = text.removesuffix("\n").split("\n")
        self._next = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._next >= len(self._lines):
            raise StopIteration
        self._next += 1
        return self._lines[self._next - 1]

    def ahead(self) -> str:
        """The next line, empty at the end."""
        return self._lines[self._next] if self._next < len(self._lines) else ""

    @property
    def left(self) -> bool:
        return self._next < len(self._lines)


def _current(files: list[FileDiff]) -> FileDiff:
    if not files:
        files.append(FileDiff("", named=True))
    return files[-1]


def _name(files: list[FileDiff], old: str, new: str) -> None:
    if not files or files[-1].named:
        files.append(FileDiff("", named=True))
    files[-1].path = _path(new[4:]) or _path(old[4:]) or files[-1].path
    files[-1].named = True


def _path(text: str) -> str:
    name = text.split("\t", 1)[0].strip().strip('"')
    if name == "/dev/null":
        return ""
    return name[2:] if name.startswith(("a/", "b/")) else name


def _git_path(line: str) -> str:
    names = line.removeprefix("diff --git ")
    half = names.rpartition(" b/")[2]
    return half.strip('"')


def _read_hunk(header: re.Match[str], lines: _Lines) -> Hunk:
    old, new = int(header[1]), int(header[3])
    old_left = 1 if header[2] is None else int(header[2])
    new_left = 1 if header[4] is None else int(header[4])
    read: list[Line] = []
    while lines.left and (old_left > 0 or new_left > 0 or lines.ahead().startswith("\\")):
        text = lines.ahead()
        mark, rest = text[:1], text[1:]
        if mark == "+" and new_left > 0:
            read.append(Line(LineKind.ADDED, None, new, rest))
            new, new_left = new + 1, new_left - 1
        elif mark == "-" and old_left > 0:
            read.append(Line(LineKind.REMOVED, old, None, rest))
            old, old_left = old + 1, old_left - 1
        elif mark in {" ", ""} and old_left > 0 and new_left > 0:
            read.append(Line(LineKind.SAME, old, new, rest))
            old, new, old_left, new_left = old + 1, new + 1, old_left - 1, new_left - 1
        elif mark == "\\":
            read.append(Line(LineKind.NOTE, None, None, rest.strip()))
        else:
            break
        next(lines)
    return Hunk(header[0].removesuffix(header[5]), header[5].strip(), tuple(read))
