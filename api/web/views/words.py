"""Finds what changed between two texts, word by word, in bounded time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_word = re.compile(r"\w+|\s+|[^\w\s]")
_line = re.compile(r"[^\n]*\n|[^\n]+")
MAX_WORDS = 1_500
MAX_LINE_CHARS = 400
LEAST_ALIKE = 0.35
"""Lines that share less than this are other lines, and marking their words helps nobody."""


class Change(StrEnum):
    """What happened to a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it stayed, came or went."""

    change: Change
    text: str


Span = tuple[int, int]


def compare(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as one: what stayed, what went and what came.

    By words where that is quick enough, else by lines, else as a whole. Joining what is not ADDED
    gives `before`, joining what is not REMOVED gives `after`.
    """
    for pattern in (_word, _line):
        old, new = pattern.findall(before), pattern.findall(after)
        if len(old) <= MAX_WORDS and len(new) <= MAX_WORDS:
            return _pieces(old, new)
    whole = ((Change.REMOVED, before), (Change.ADDED, after))
    return tuple(Piece(change, text) for change, text in whole if text)


def _pieces(old: Sequence[str], new: Sequence[str]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(Change.SAME, "".join(old[a:b])))
            continue
        if b > a:
            found.append(Piece(Change.REMOVED, "".join(old[a:b])))
        if d > c:
            found.append(Piece(Change.ADDED, "".join(new[c:d])))
    return tuple(found)


def changed_spans(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Where two versions of a line differ: places in the old and in the new one.

    Nothing where the lines are long or have too little in common.
    """
    if max(len(before), len(after)) > MAX_LINE_CHARS:
        return (), ()
    old, new = _word.findall(before), _word.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < LEAST_ALIKE or matcher.ratio() < LEAST_ALIKE:
        return (), ()
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        _places(old, [(a, b) for _, a, b, _, _ in codes if b > a]),
        _places(new, [(c, d) for _, _, _, c, d in codes if d > c]),
    )


def _places(words: Sequence[str], ranges: Sequence[Span]) -> tuple[Span, ...]:
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    return tuple((ends[first], ends[last]) for first, last in ranges)
