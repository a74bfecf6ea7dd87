"""One process that the stack starts, and everything that can be done to it."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.accounts import Account
from deploy.local.guard import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How to start a process, as whom, where its output goes and how to ask it to stop."""

    name: str
    argv: tuple[str, ...]
    output: Path
    environ: Mapping[str, str]
    directory: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    account: Account | None = None


class Child:
    """A process in a session of its own, so that a terminal's Ctrl-C does not reach it."""

    def __init__(self, command: Command, guard: Guard) -> None:
        self.command = command
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The running process's id."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process is there, paused or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the last process ended; negative for a signal; None if none has."""
        return self._process.poll() if self._process else None

    def spawn(self) -> None:
        """Start the process; it may take its time to be of use."""
        assert not self.running, f"{self.command.name} runs already"
        command = self.command
        account = command.account
        with command.output.open("ab") as output:
            self._process = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=command.directory,
                env=dict(command.environ),
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self._guard.watch(self._process.pid, command.stop_signal)

    def ask_to_stop(self) -> None:
        """Send the process its stop signal, waking it first where it is paused."""
        if self._process and self.running:
            self._process.send_signal(self.command.stop_signal)
            self.resume()

    def stop(self) -> None:
        """Ask the process to stop and wait; one that does not in its time is killed."""
        self.ask_to_stop()
        self.wait(self.command.stop_seconds)

    def wait(self, patience_seconds: float) -> None:
        """Wait for the end of a process that was asked to stop, and kill it after the patience."""
        if not self._process:
            return
        try:
            self._process.wait(max(0.0, patience_seconds))
        except subprocess.TimeoutExpired:
            self.kill()
        self._guard.forget(self._process.pid)

    def join(self) -> None:
        """Wait, however long it takes, for the process to end by itself."""
        if self._process:
            self._process.wait()

    def kill(self) -> None:
        """SIGKILL the process and all that it started, as a power cut would."""
        if not self._process:
            return
        tree = self._tree()
        for process in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        _await_end(tree)
        self._guard.forget(self._process.pid)

    def pause(self) -> None:
        """SIGSTOP the process and all that it started: there, but answering nobody."""
        for process in self._tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        """SIGCONT what was paused."""
        for process in self._tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def _tree(self) -> list[psutil.Process]:
        if not self._process or not self.running:
            return []
        try:
            process = psutil.Process(self._process.pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _await_end(processes: list[psutil.Process]) -> None:
    # Not psutil.wait_procs: orphans are no children of ours, and it waits until init reaped them.
    deadline = time.monotonic() + 10
    while any(_lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.005)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
