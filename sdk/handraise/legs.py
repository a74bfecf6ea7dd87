"""A leg is what an agent does between two waits; this names it and counts its pauses.

A leg that was cut off is run again from its beginning. So that the second run asks the same
questions and not new ones, its pauses are numbered.
"""

from dataclasses import dataclass, field

from handraise.events import event_id_for
from handraise.models import Json


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that outlives its answer, because its question was revised."""

    state: Json
    seen_version: int | None


@dataclass(slots=True)
class Leg:
    """The leg that is running: what brought it about, and what it did so far."""

    workflow_id: str
    holder: str
    root: str
    cause: str
    pauses: int = 0
    kept: dict[str, Kept] = field(default_factory=dict[str, Kept])

    def next_checkpoint_id(self) -> str:
        """The id of this leg's next pause, the same each time the leg is run."""
        self.pauses += 1
        return f"cp-{event_id_for(self.workflow_id, self.cause, str(self.pauses))}"

    def enter(self, step: str) -> None:
        """Go on from a step that was saved: pauses are numbered anew from here.

        A leg that begins at this step after a crash has the same cause as one that came to it.
        """
        self.cause, self.pauses = f"{self.root}/{step}", 0
