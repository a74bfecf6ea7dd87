"""`up`, `down`, `reset`, `status` and `logs`: a stack that runs in the background."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from deploy.local import lock, snapshot
from deploy.local.layout import REPOSITORY, Layout, layout, shown
from deploy.local.logs import tail
from deploy.local.progress import shown as progress_shown
from deploy.local.screen import table
from deploy.local.snapshot import Phase
from deploy.local.trouble import Trouble

LOOK_SECONDS = 0.1
STOP_SECONDS = 60.0
NOT_RUNNING, NOT_HEALTHY = 3, 1


def up(environ: Mapping[str, str], console: Console) -> None:
    """Start a stack in the background and return when it is healthy; raises Trouble."""
    place = layout(environ)
    place.make()
    if lock.holder_of(place.lock):
        raise Trouble(
            f"A stack already runs in {shown(place.root)}.",
            "See it with `make logs`, stop it with `make down`.",
        )
    place.state.unlink(missing_ok=True)
    said = place.log("stack")
    with said.open("wb") as output:
        stack = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env=dict(environ),
            start_new_session=True,
        )
    with progress_shown(console, "Handraise is starting in the background") as progress:
        while _phase(place) is not Phase.HEALTHY:
            if stack.poll() is not None:
                raise Trouble(_why(place), f"Its output is in {shown(said)}.")
            progress(next(reversed(tail(said)), ""))
            time.sleep(LOOK_SECONDS)
    console.print("\n".join(tail(said)), markup=False)


def down(environ: Mapping[str, str], console: Console) -> None:
    """Stop the stack of this run directory, if one runs, and wait for its end; raises Trouble."""
    place = layout(environ)
    pid = lock.holder_of(place.lock)
    if not pid:
        console.print("No stack runs here.")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while lock.holder_of(place.lock):
        if time.monotonic() > deadline:
            raise Trouble(
                f"The stack (process {pid}) has not stopped within {STOP_SECONDS:.0f} s.",
                f"End it with `kill -9 {pid}`; what it started ends with it.",
            )
        time.sleep(LOOK_SECONDS)
    console.print("Stopped.")


def reset(environ: Mapping[str, str], console: Console) -> None:
    """Stop the stack and remove its data, logs and secrets; fetched packages stay."""
    down(environ, console)
    place = layout(environ)
    place.wipe()
    console.print(f"All data in {shown(place.root)} are gone.")


def status(environ: Mapping[str, str], console: Console) -> int:
    """Show how the stack is; the exit code says whether it is healthy."""
    place = layout(environ)
    now = snapshot.read(place.state)
    if not lock.holder_of(place.lock) or not now:
        console.print("No stack runs here.")
        if now and now.phase is Phase.FAILED:
            console.print(f"The last one failed: {now.note}", markup=False)
        return NOT_RUNNING
    console.print(table(now))
    return 0 if now.phase is Phase.HEALTHY else NOT_HEALTHY


def logs(environ: Mapping[str, str], name: str | None, *, follow: bool) -> None:
    """Print the end of one log, or of all, and go on as they grow if asked to."""
    place = layout(environ)
    files = sorted(place.logs.glob("*.log"))
    if name:
        files = [file for file in files if file.stem == name]
    if not files:
        known = ", ".join(sorted(file.stem for file in place.logs.glob("*.log"))) or "none yet"
        raise Trouble(f"There is no log of {name or 'this stack'}.", f"There are: {known}.")
    for file in files:
        _print_from(file, "\n".join(tail(file)[-200:] if follow else tail(file)), several=not name)
    if follow:
        _follow(files, several=not name)


def _follow(files: list[Path], *, several: bool) -> None:
    positions = {file: file.stat().st_size for file in files}
    while True:
        for file in files:
            size = file.stat().st_size if file.exists() else 0
            if size > positions[file]:
                with file.open("rb") as log:
                    log.seek(positions[file])
                    _print_from(file, log.read().decode("utf-8", "replace"), several=several)
            positions[file] = size
        time.sleep(LOOK_SECONDS)


def _print_from(file: Path, text: str, *, several: bool) -> None:
    for line in text.splitlines():
        print(f"{file.stem:<13} {line}" if several else line, flush=True)


def _phase(place: Layout) -> Phase | None:
    now = snapshot.read(place.state)
    return now.phase if now else None


def _why(place: Layout) -> str:
    now = snapshot.read(place.state)
    return now.note if now and now.note else "The stack ended before it was up."
