"""Text made safe to look at: escaped, with the characters that hide or reorder text shown.

Bidirectional controls can make a line read as other code than it is (CVE-2021-42574), and
zero-width characters can hide words from a reviewer, so each is replaced by its code point.
"""

import re
import unicodedata

from markupsafe import Markup, escape

_kept = "\n\t"
_blank_letters = "\u115f\u1160\u3164\uffa0\u2800"
_selectors = range(0xE0100, 0xE01F0)
_mark = Markup('<span class="hidden-char" title="hidden character">{}</span>')
_hidden_kinds = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_suspects = re.compile(
    "[^\n\t\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u05ff\u3041-\u3163\u4e00-\u9fff\uac00-\ud7a3]"
)


def is_hidden(char: str) -> bool:
    """Whether a character can't be seen or moves others: controls, format marks, blank letters."""
    if char in _kept:
        return False
    return (
        ord(char) in _selectors
        or char in _blank_letters
        or unicodedata.category(char) in _hidden_kinds
    )


def hidden_in(text: str) -> int:
    """How many hidden characters a text has."""
    return sum(is_hidden(match[0]) for match in _suspects.finditer(text))


def visible(text: str) -> Markup:
    """The text escaped for HTML, each hidden character as a marked code point such as U+202E."""
    parts: list[Markup] = []
    done = 0
    for match in _suspects.finditer(text):
        if not is_hidden(match[0]):
            continue
        parts.append(escape(text[done : match.start()]))
        parts.append(_mark.format(f"U+{ord(match[0]):04X}"))
        done = match.end()
    parts.append(escape(text[done:]))
    return Markup("").join(parts)


def plain(text: str) -> str:
    """The same for places that hold no markup, such as a page's title."""
    return "".join(f"[U+{ord(char):04X}]" if is_hidden(char) else char for char in text)
