"""Keeping one process alive: when it is started again, and what is to be said of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from deploy.local.server import Server

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
STEADY_SECONDS = 30.0


class State(StrEnum):
    """How a kept process is."""

    STARTING = "starting"
    READY = "ready"
    UNREADY = "not ready"
    WAITING = "waiting"
    STOPPED = "stopped"


def backoff_seconds(failures: int) -> float:
    """How long to wait before the next start after so many failures (at least 1) in a row."""
    return min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (failures - 1))


@dataclass(slots=True)
class Keeper:
    """One process that runs already, looked at now and then with the time in seconds."""

    server: Server
    started_at: float
    restarts: int = 0
    failures: int = 0
    start_again_at: float | None = None
    state: State = State.STARTING
    told: list[str] = field(default_factory=list[str])

    def look(self, now: float) -> None:
        """See whether the process is still there; start it again when its time has come."""
        if self.start_again_at is not None:
            if now >= self.start_again_at:
                self._start_again(now)
        elif not self.server.child.running:
            self._plan(now, f"ended with exit code {self.server.child.exit_code}")
        elif self.failures and now - self.started_at >= STEADY_SECONDS:
            self.failures = 0

    def hear(self, *, ready: bool) -> None:
        """Take the answer to whether it does its work into account."""
        if self.start_again_at is not None:
            return
        if ready and self.state is not State.READY:
            if self.restarts or self.state is State.UNREADY:
                self.told.append(f"{self.server.name} is ready again.")
            self.state = State.READY
        elif not ready and self.state is State.READY:
            self.told.append(f"{self.server.name} is not ready any more.")
            self.state = State.UNREADY

    def news(self) -> list[str]:
        """The sentences since the last asking."""
        news, self.told = self.told, []
        return news

    def _plan(self, now: float, how: str) -> None:
        self.failures += 1
        wait = backoff_seconds(self.failures)
        self.start_again_at = now + wait
        self.state = State.WAITING
        self.told.append(f"{self.server.name} {how}; it is started again in {wait:g} s.")

    def _start_again(self, now: float) -> None:
        self.start_again_at = None
        self.started_at = now
        self.restarts += 1
        self.state = State.STARTING
        try:
            self.server.spawn()
        except OSError as failure:
            self._plan(now, f"could not be started ({failure})")
