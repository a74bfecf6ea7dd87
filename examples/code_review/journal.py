"""The journal of an environment: which deployments began there, and how each ended."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What an entry says of a deployment."""

    BEGAN = "began"
    LIVE = "live"
    ROLLED_BACK = "rolled_back"
    INTERRUPTED = "interrupted"


_ENDINGS = (Mark.LIVE, Mark.ROLLED_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line. `previous` is the release that was live before; `at` an instant in UTC."""

    deployment: str
    commit: str
    mark: Mark
    at: str
    previous: str | None = None
    reason: str | None = None

    def to_line(self) -> str:
        """As it stands in the file."""
        return json.dumps(asdict(self)) + "\n"


@dataclass(frozen=True, slots=True)
class Journal:
    """All that was ever deployed to an environment, oldest first."""

    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, text: str) -> "Journal":
        """The journal in a file; a line that a crash cut off was never written."""
        return cls(tuple(_entries(text.splitlines())))

    @property
    def interrupted(self) -> Entry | None:
        """The deployment that began and never ended: one at most, for they take turns."""
        last = self.entries[-1] if self.entries else None
        return last if last is not None and last.mark is Mark.BEGAN else None

    def ending_of(self, deployment: str) -> Entry | None:
        """How a deployment ended, or None for one that did not yet."""
        for entry in self.entries:
            if entry.deployment == deployment and entry.mark in _ENDINGS:
                return entry
        return None

    def went_live(self) -> list[str]:
        """The deployments that passed their check, in order, as often as they did."""
        return [entry.deployment for entry in self.entries if entry.mark is Mark.LIVE]


def _entries(lines: Iterable[str]) -> Iterable[Entry]:
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        yield Entry(**{**said, "mark": Mark(said["mark"])})
