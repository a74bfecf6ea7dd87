"""What an agent works with: its name, its client, its store, its bus and its clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from handraise.bus import LoggedBus
from handraise.client import Handraise
from handraise.legs import Leg
from handraise.storage import Store


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Runtime:
    """The tools of one agent in one process.

    `lease_seconds`: how long a workflow waits after the process that worked on it died.
    `busy_seconds`: how long we wait for another process that is at work before saying `Busy`.
    """

    agent_id: str
    hand: Handraise
    store: Store
    bus: LoggedBus
    callback_webhook: str | None = None
    callback_secret: str | None = None
    clock: Callable[[], datetime] = utc_now
    lease_seconds: float = 30.0
    busy_seconds: float = 10.0
    legs: dict[str, Leg] = field(default_factory=dict[str, Leg])
    """The legs that this process is running, by workflow."""
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[str, asyncio.Lock]
    )

    def lock_of(self, workflow_id: str) -> asyncio.Lock:
        """The lock by which the tasks of this process take turns on a workflow."""
        lock = self._locks.get(workflow_id)
        if lock is None:
            lock = asyncio.Lock()
            self._locks[workflow_id] = lock
        return lock
