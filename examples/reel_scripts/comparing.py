"""How two texts of a script differ, word by word and as a unified diff."""

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

_WORD = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both texts have, or that were taken out or put in."""

    change: Literal["same", "out", "in"]
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """The words of both texts in their order, with what was done to them."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Piece] = []
    out = put = ""
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        # A space between two changes belongs to both, so that phrases are read and not words.
        if kind != "equal" or ((out or put) and gone.strip(" ") == ""):
            out, put = out + gone, put + come
            continue
        found += _changed(out, put)
        found.append(Piece("same", gone))
        out = put = ""
    return found + _changed(out, put)


def _changed(out: str, put: str) -> list[Piece]:
    if out == put:
        return [Piece("same", out)] if out else []
    both = (Piece("out", out), Piece("in", put))
    return [one for one in both if one.text]


def unified(before: str, after: str, names: tuple[str, str]) -> str:
    """A unified diff, for programs and terminals."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "\n".join(lines)


def neighbours(count: int) -> list[tuple[int, int]]:
    """Each revision with the one after it."""
    return list(pairwise(range(1, count + 1)))
