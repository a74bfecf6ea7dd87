"""Fetching jars with Maven, where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.fetching import FetchFailed, Wanted
from deploy.local.progress import Progress

_DOWNLOADED = re.compile(r"^(?:\[INFO\] )?Downloaded from .*/([^/ ]+\.jar)\b")


def fetch(wanted: Wanted, target: Path, progress: Progress) -> None:
    """Copy the pom's runtime dependencies into `target`; raises FetchFailed."""
    mvn = shutil.which("mvn")
    if not mvn:
        raise FetchFailed("mvn is not installed")
    with subprocess.Popen(
        [
            mvn,
            "--batch-mode",
            f"--file={wanted.pom}",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={target}",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        why = _follow(running, progress)
    if running.returncode != 0:
        raise FetchFailed(f"mvn failed: {why}")


def _follow(running: subprocess.Popen[str], progress: Progress) -> str:
    """Show what Maven downloads; returns the first error that it printed."""
    why = ""
    fetched = 0
    for line in running.stdout or ():
        if found := _DOWNLOADED.match(line):
            fetched += 1
            progress(f"{fetched} files, {found.group(1)}")
        elif line.startswith("[ERROR]") and not why:
            why = line.removeprefix("[ERROR]").strip().split(" -> ")[0][:300]
    return why
