"""Ends what a stack or a test run started when that run itself is gone, even after kill -9.

It reads lines from standard input, which the run holds open: `watch PID SIGNAL`, `forget PID`
and `remove DIRECTORY`. At the end of input it acts on what it still remembers, and ends.
"""

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import psutil

GRACE_SECONDS = 15.0


@dataclass(slots=True)
class Charge:
    """What the watchdog has to end and to remove."""

    processes: dict[int, tuple[psutil.Process, int]] = field(
        default_factory=dict[int, tuple[psutil.Process, int]]
    )
    directories: list[str] = field(default_factory=list[str])

    def hear(self, line: str) -> None:
        """Take one line of the run's into account."""
        match line.rstrip("\n").split(" ", 1):
            case ["watch", rest]:
                pid, number = (int(word) for word in rest.split(" "))
                with contextlib.suppress(psutil.NoSuchProcess):
                    # Remembers when the process began: a later one with its pid is not ours.
                    self.processes[pid] = (psutil.Process(pid), number)
            case ["forget", pid]:
                self.processes.pop(int(pid), None)
            case ["remove", directory]:
                self.directories.append(directory)
            case _:
                raise ValueError(f"not a line for the watchdog: {line!r}")

    def end(self) -> None:
        """Ask every remembered process to stop, kill the stubborn, remove the directories."""
        trees: list[psutil.Process] = []
        for process, number in self.processes.values():
            tree = _tree(process)
            trees += tree
            for member in tree if number == signal.SIGKILL else tree[:1]:
                _send(member, number)
            for member in tree:
                _send(member, signal.SIGCONT)
        _, stubborn = psutil.wait_procs(trees, timeout=GRACE_SECONDS)
        for process in stubborn:
            _send(process, signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=GRACE_SECONDS)
        for directory in self.directories:
            shutil.rmtree(directory, ignore_errors=True)


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def main(lines: Iterable[str]) -> None:
    """Listen until the run is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    charge = Charge()
    for line in lines:
        charge.hear(line)
    charge.end()


if __name__ == "__main__":
    main(sys.stdin)
