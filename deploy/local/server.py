"""A server that is started and waited for: what the broker and the database have in common."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.child import Child
from deploy.local.logs import last_error
from deploy.local.trouble import Trouble

LOOK_SECONDS = 0.05


class Server(ABC):
    """A server process on this machine, with the controls that fault tests need.

    `start` after `stop` or `kill` gives the same server again: same data, same port.
    """

    def __init__(self, child: Child, *, log: Path, patience_seconds: float) -> None:
        self.child = child
        self.name = child.command.name
        self.log = log
        self._patience_seconds = patience_seconds
        self._over = False

    @abstractmethod
    def prepare(self) -> None:
        """Make its data and settings where they are not there yet; raises Trouble."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work now; looks for at most two seconds."""

    def spawn(self) -> None:
        """Start the process and return at once."""
        self.child.spawn()
        if self._over:
            self.child.stop()

    def start(self) -> None:
        """Start the server and return when it answers; raises Trouble when it does not."""
        self.prepare()
        if not self._over:
            self.spawn()
            self.await_answer()

    def await_answer(self) -> None:
        """Return when the server answers; raises Trouble when it ends or takes too long."""
        deadline = time.monotonic() + self._patience_seconds
        while not self.answers():
            if self._over:
                break
            if not self.child.running:
                raise self._failed(f"ended with exit code {self.child.exit_code}")
            if time.monotonic() > deadline:
                raise self._failed(f"did not answer within {self._patience_seconds:.0f} s")
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop the server as it likes to be stopped."""
        self.child.stop()

    def end(self) -> None:
        """Stop the server for good, also while another thread is about to start it."""
        self._over = True
        self.child.stop()

    def kill(self) -> None:
        """End the server with SIGKILL, in the middle of whatever it does."""
        self.child.kill()

    def pause(self) -> None:
        """Freeze the server with SIGSTOP: its connections stay, nothing is answered."""
        self.child.pause()

    def resume(self) -> None:
        """Let a paused server go on, with SIGCONT."""
        self.child.resume()

    def _failed(self, how: str) -> Trouble:
        said = last_error(self.log) or last_error(self.child.command.output)
        return Trouble(
            f"The {self.name} server {how}{f': {said}' if said else ''}.",
            f"Its log is {self.log}.",
        )


def at_once(*steps: Callable[[], object]) -> None:
    """Do all steps side by side; raises the first failure when all have ended."""
    with ThreadPoolExecutor(max_workers=max(1, len(steps))) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()
