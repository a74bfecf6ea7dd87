"""Colours code by what each word of it is, with few classes of our own, in bounded time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from pygments.lexers import find_lexer_class_for_filename
from pygments.token import Token
from pygments.util import ClassNotFound

from api.web.views.words import Span, changed_spans
from api.web.visible import visible

MAX_CHARS = 40_000
"""So much of a page is coloured; what lies beyond is plain."""
MAX_PAIRS = 500
"""So many changed lines of a page have their words compared."""
MAX_LINE_CHARS = 1_000
_classes = (
    (Token.Comment, "tc"),
    (Token.Keyword, "tk"),
    (Token.Operator.Word, "tk"),
    (Token.Literal.String, "ts"),
    (Token.Literal.Number, "tn"),
    (Token.Name.Function, "tf"),
    (Token.Name.Class, "tf"),
    (Token.Name.Tag, "tf"),
    (Token.Name.Decorator, "tf"),
    (Token.Name.Builtin, "tb"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line that is of one class; the class is empty where it is plain."""

    kind: str
    text: str


class Colours:
    """Colours the lines of one page, until the page has had its share of time."""

    def __init__(self, budget_chars: int = MAX_CHARS, budget_pairs: int = MAX_PAIRS) -> None:
        self._left = budget_chars
        self._pairs_left = budget_pairs

    def changes(self, before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Where two versions of a line differ, in the old and in the new one."""
        if self._pairs_left <= 0:
            return (), ()
        self._pairs_left -= 1
        return changed_spans(before, after)

    def lines(self, path: str, lines: Sequence[str]) -> list[tuple[Run, ...]]:
        """The lines of a piece of code, each as runs; plain where the language is not known."""
        size = sum(map(len, lines))
        lexer = _lexer(path)
        if lexer is None or size > self._left or any(len(x) > MAX_LINE_CHARS for x in lines):
            return [(Run("", line),) for line in lines]
        self._left -= size
        return _coloured(lexer, lines)


def marked_up(runs: Sequence[Run], changed: Sequence[Span]) -> Markup:
    """A line as HTML: coloured by its runs, with the places that changed marked."""
    parts: list[Markup] = []
    at = 0
    for run in runs:
        for text, marked in _cut(run.text, at, changed):
            shown = visible(text)
            if run.kind:
                shown = Markup('<span class="{}">{}</span>').format(run.kind, shown)
            parts.append(Markup("<mark>{}</mark>").format(shown) if marked else shown)
        at += len(run.text)
    return Markup("").join(parts)


def _cut(text: str, at: int, changed: Sequence[Span]) -> list[tuple[str, bool]]:
    """A text that begins at this place of its line, cut where changes begin and end."""
    if not changed:
        return [(text, False)]
    found: list[tuple[str, bool]] = []
    done, end = at, at + len(text)
    inside = ((max(first, done), min(last, end)) for first, last in changed)
    for first, last in inside:
        if last <= first:
            continue
        found += [(text[done - at : first - at], False), (text[first - at : last - at], True)]
        done = last
    found.append((text[done - at :], False))
    return [(piece, marked) for piece, marked in found if piece]


@lru_cache(maxsize=256)
def _lexer(path: str) -> Any | None:
    try:
        found: Any = find_lexer_class_for_filename(path.rpartition("/")[2])
    except ClassNotFound:
        return None
    return None if found is None else found(stripnl=False, ensurenl=False)


def _coloured(lexer: Any, lines: Sequence[str]) -> list[tuple[Run, ...]]:
    found: list[list[Run]] = [[]]
    for token, text in lexer.get_tokens("\n".join(lines)):
        kind = _class_of(token)
        for index, piece in enumerate(text.split("\n")):
            if index:
                found.append([])
            if piece:
                found[-1].append(Run(kind, piece))
    if [sum(len(run.text) for run in runs) for runs in found] != [len(line) for line in lines]:
        # A lexer that dropped or changed a character may not decide what is shown.
        return [(Run("", line),) for line in lines]
    return [tuple(runs) for runs in found]


@lru_cache(maxsize=1024)
def _class_of(token: Any) -> str:
    return next((name for kind, name in _classes if token in kind), "")
