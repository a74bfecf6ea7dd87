"""What is wrong with a definition: each flaw with its place, and all of them at once."""

from dataclasses import dataclass, replace
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong: the path to it, what it is and what to do, and its line where known."""

    path: Path
    detail: str
    line: int | None = None

    @property
    def place(self) -> str:
        """The path as people write it: `decisions[0].means`."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).lstrip(".")

    def under(self, *path: str | int) -> "Flaw":
        """The same flaw, seen from further out."""
        return replace(self, path=(*path, *self.path))


class BadKind(ValueError):
    """A kind's definition does not hold; the message names each flaw, one a line."""

    def __init__(self, source: str, flaws: tuple[Flaw, ...]) -> None:
        super().__init__("\n".join(_sentence(source, flaw) for flaw in flaws))
        self.flaws = flaws


def _sentence(source: str, flaw: Flaw) -> str:
    line = "" if flaw.line is None else f":{flaw.line}"
    place = f" {flaw.place}:" if flaw.path else ""
    return f"{source}{line}:{place} {flaw.detail}"
