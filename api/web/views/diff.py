"""Lays a unified diff out in rows: both sides beside each other, or one below the other.

What is large is cut: a reviewer sees the head of it and may ask for all, up to a bound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from markupsafe import Markup

from api.web.views.highlight import Colours, Run, marked_up
from api.web.views.unified import FileDiff, Hunk, Line, LineKind, is_unified_diff, parse_diff

KEYS = ("code_diff", "diff", "patch")
FIRST_LINES = 400
MOST_LINES = 4_000
MOST_FILES = 300
_staying = frozenset({LineKind.SAME, LineKind.NOTE})


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a row: its line number, what the line is, and the line as HTML."""

    number: int | None
    kind: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Row:
    """A row of both sides; a side is None where the other has a line of its own.

    In the layout of one column only one of them is there, unless the line is the same.
    """

    old: Cell | None
    new: Cell | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A hunk in rows."""

    range: str
    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The changes of a file; `cut` lines of it are not shown."""

    id: str
    path: str
    added: int
    removed: int
    notes: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    cut: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """A diff, under the name that its text stood under; `cut` lines of it are not shown.

    `side_by_side` is how its rows are to be read. `all_shown` means that no more can be asked for.
    """

    name: str
    files: tuple[File, ...]
    side_by_side: bool
    cut: int
    all_shown: bool

    @property
    def added(self) -> int:
        """How many lines come."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """How many lines go."""
        return sum(file.removed for file in self.files)


def is_diff(key: str, value: object) -> bool:
    """Whether a value of a context is a diff that can be laid out."""
    return key in KEYS and isinstance(value, str) and is_unified_diff(value)


def diff_of(
    name: str, text: str, *, prefix: str, side_by_side: bool = True, everything: bool = False
) -> Diff:
    """A diff's text laid out; `prefix` begins the ids of its files on the page."""
    room = MOST_LINES if everything else FIRST_LINES
    colours = Colours()
    files: list[File] = []
    for index, read in enumerate(parse_diff(text)):
        lines = sum(len(hunk.lines) for hunk in read.hunks)
        shown = _cut(read.hunks, room if index < MOST_FILES else 0)
        left = sum(len(hunk.lines) for hunk in shown)
        files.append(
            File(
                id=f"{prefix}-{index + 1}",
                path=read.path,
                added=read.added,
                removed=read.removed,
                notes=tuple(read.notes[:20]),
                stretches=tuple(_stretches(read, shown, colours, side_by_side=side_by_side)),
                cut=lines - left,
            )
        )
        room -= left
    return Diff(
        name=name,
        files=tuple(files),
        side_by_side=side_by_side,
        cut=sum(file.cut for file in files),
        all_shown=everything,
    )


def _cut(hunks: Sequence[Hunk], room: int) -> list[Hunk]:
    kept: list[Hunk] = []
    for hunk in hunks:
        if room <= 0:
            break
        kept.append(replace(hunk, lines=hunk.lines[:room]))
        room -= len(hunk.lines)
    return kept


def _stretches(
    file: FileDiff, hunks: Sequence[Hunk], colours: Colours, *, side_by_side: bool
) -> Iterator[Stretch]:
    for hunk in hunks:
        old = colours.lines(file.path, [x.text for x in hunk.lines if x.kind is not LineKind.ADDED])
        new = colours.lines(
            file.path, [x.text for x in hunk.lines if x.kind is not LineKind.REMOVED]
        )
        rows: list[Row] = []
        for block in _blocks(hunk.lines, iter(old), iter(new)):
            pairs = _paired(block, colours)
            rows.extend(pairs if side_by_side else _below_each_other(pairs))
        yield Stretch(hunk.range, hunk.heading, tuple(rows))


def _below_each_other(pairs: Sequence[Row]) -> list[Row]:
    """What goes first, then what comes, as a unified diff has it."""
    if all(pair.old and pair.old.kind in _staying for pair in pairs):
        return list(pairs)
    gone = [Row(pair.old, None) for pair in pairs if pair.old]
    return gone + [Row(None, pair.new) for pair in pairs if pair.new]


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that stay, or lines that go with those that come in their place."""

    old: tuple[tuple[Line, tuple[Run, ...]], ...]
    new: tuple[tuple[Line, tuple[Run, ...]], ...]

    @property
    def stays(self) -> bool:
        return bool(self.old) and self.old[0][0].kind in _staying


def _blocks(
    lines: Sequence[Line], old: Iterator[tuple[Run, ...]], new: Iterator[tuple[Run, ...]]
) -> Iterator[_Block]:
    gone: list[tuple[Line, tuple[Run, ...]]] = []
    come: list[tuple[Line, tuple[Run, ...]]] = []
    for line in lines:
        stays = line.kind in _staying
        if (gone or come) and (stays or (come and line.kind is LineKind.REMOVED)):
            yield _Block(tuple(gone), tuple(come))
            gone, come = [], []
        if stays:
            both = (line, next(old))
            next(new)
            yield _Block((both,), (both,))
        elif line.kind is LineKind.REMOVED:
            gone.append((line, next(old)))
        else:
            come.append((line, next(new)))
    if gone or come:
        yield _Block(tuple(gone), tuple(come))


def _paired(block: _Block, colours: Colours) -> list[Row]:
    rows: list[Row] = []
    for before, after in zip_longest(block.old, block.new):
        marks = ((), ())
        if before and after and not block.stays:
            marks = colours.changes(before[0].text, after[0].text)
        old = before and Cell(before[0].old, before[0].kind, marked_up(before[1], marks[0]))
        new = after and Cell(after[0].new, after[0].kind, marked_up(after[1], marks[1]))
        rows.append(Row(old, new))
    return rows
