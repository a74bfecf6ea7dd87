"""The work that the processes of one agent share: what is due, what was tried, what given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from handraise.statuses import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often the leg that is due for a workflow was tried, and how that went.

    `cause` names the leg, so that the next one is counted anew. `reason` is why the last try
    failed: empty while it goes on, and after it where its process died. `is_last` says that no
    retry will help. `status` is where the workflow stood, to which a `redrive` puts it back.
    With `given_up_at` it is a dead letter.
    """

    workflow_id: str
    agent_id: str
    cause: str
    count: int
    reason: str
    status: Status
    since: datetime
    next_try_at: datetime
    is_last: bool = False
    given_up_at: datetime | None = None


class Work(Protocol):
    """What is to be done next, whichever process does it."""

    async def due(self, agent_id: str, now: datetime, limit: int) -> Sequence[str]:
        """Workflows with a leg to run that nobody is at and no retry waits for, in any order."""
        ...

    async def tries(self, workflow_id: str) -> Tries | None:
        """How often its leg was tried, or None where nothing went wrong."""
        ...

    async def note(self, tries: Tries) -> None:
        """Write down how often a leg was tried, in the place of what was known."""
        ...

    async def clear(self, workflow_id: str) -> None:
        """Forget the tries: the leg is done. A dead letter stays one."""
        ...

    async def troubled(self, agent_id: str) -> Sequence[Tries]:
        """The tries of all legs that are not done yet, dead letters too, oldest first."""
        ...

    async def counts(self, agent_id: str) -> Mapping[Status, int]:
        """How many workflows stand where."""
        ...
