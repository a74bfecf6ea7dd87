"""The run's side of the watchdog."""

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.layout import REPOSITORY


class Guard:
    """Promises that what it was told of ends when this process does, however that comes about."""

    def __init__(self, keep_open: tuple[int, ...] = ()) -> None:
        """Start the watchdog; it holds the file descriptors `keep_open` (a lock) to its own end."""
        self._writing = threading.Lock()
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.watchdog"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=REPOSITORY,
            start_new_session=True,
            pass_fds=keep_open,
            text=True,
        )

    def watch(self, pid: int, stop_signal: int) -> None:
        """End the process `pid` with `stop_signal` when this process is gone."""
        self._say(f"watch {pid} {int(stop_signal)}")

    def forget(self, pid: int) -> None:
        """The process `pid` has ended."""
        self._say(f"forget {pid}")

    def remove(self, directory: Path) -> None:
        """Remove `directory` with all in it when this process is gone."""
        self._say(f"remove {directory}")

    def close(self) -> None:
        """Act on everything still promised, and wait until it is done."""
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _say(self, line: str) -> None:
        assert self._watchdog.stdin
        with self._writing:
            self._watchdog.stdin.write(f"{line}\n")
            self._watchdog.stdin.flush()
