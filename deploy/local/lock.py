"""One stack per run directory: the lock that says so."""

import errno
import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.local.trouble import Trouble

CLEAN_UP_SECONDS = 40.0


@contextmanager
def held(file: Path) -> Generator[int]:
    """Hold the run directory for this process; gives the lock's file descriptor.

    The descriptor is handed on to the watchdog, so that after a kill -9 nobody begins before the
    watchdog has ended what was left. Raises Trouble where another stack runs.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, file)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def holder_of(file: Path) -> int | None:
    """The process id of the stack that holds the run directory, or None where none does."""
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        pid = None if _try(descriptor) else _pid_in(descriptor)
        return pid if pid and psutil.pid_exists(pid) else None
    finally:
        os.close(descriptor)


def _pid_in(descriptor: int) -> int:
    return int(os.pread(descriptor, 32, 0) or b"0")


def _acquire(descriptor: int, file: Path) -> None:
    deadline = time.monotonic() + CLEAN_UP_SECONDS
    while not _try(descriptor):
        pid = _pid_in(descriptor)
        if psutil.pid_exists(pid) or time.monotonic() > deadline:
            raise Trouble(
                f"A stack already runs in {file.parent} (process {pid}).",
                "Stop it with `make down` or Ctrl-C, or give this one its own HANDRAISE_RUN_DIR"
                " and HANDRAISE_PORT_BASE.",
            )
        time.sleep(0.1)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as failure:
        if failure.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return False
    return True
