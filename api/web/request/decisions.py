"""The decision buttons: what each says, means and is pressed by, and which need a second press."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEYS = {"approve": "a", "answer": "a", "reject": "x", "could_not_complete": "x", "changes": "m"}
PRIMARY = frozenset({"approve", "answer"})
_most_digits = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A button: what it sends, says and means; the first that agrees is the primary one.

    `key` presses it. One that is `guarded` must be pressed twice.
    """

    name: str
    label: str
    means: str
    primary: bool
    key: str
    needs_comment: bool
    guarded: bool


def decisions_of(
    offered: Sequence[Mapping[str, Any]], *, grave: bool = False
) -> tuple[Decision, ...]:
    """The buttons of a question; to agree to what is grave takes two presses.

    The first that approves, rejects or asks for changes has its letter; the others are numbered as
    they stand.
    """
    taken: set[str] = set()
    first = next((d["name"] for d in offered if d["means"] in PRIMARY), None)
    found: list[Decision] = []
    for place, option in enumerate(offered, start=1):
        letter = KEYS.get(option["means"], "")
        key = letter if letter not in taken else str(place) if place <= _most_digits else ""
        taken.add(letter)
        found.append(
            Decision(
                name=option["name"],
                label=option["label"],
                means=option["means"],
                primary=option["name"] == first,
                key=key,
                needs_comment=option["needs_comment"],
                guarded=grave and option["means"] == "approve",
            )
        )
    return tuple(found)


def comment_hint(decisions: Sequence[Decision]) -> str:
    """Which decisions need a comment, in words."""
    labels = [decision.label for decision in decisions if decision.needs_comment]
    if not labels:
        return ""
    return f"{' and '.join(labels)} {'needs' if len(labels) == 1 else 'need'} a comment."
