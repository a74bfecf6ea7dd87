"""The smoke check of a release: its own `smoke_check.py`, run where it has just gone live."""

import subprocess
import sys
from pathlib import Path

_CHECK = "smoke_check.py"
_SECONDS = 30
_NOTHING_OF_OURS = ("-B", "-E", "-s", "-S")


def smoke_check(release: Path) -> str | None:
    """What is wrong with a release, or None; one that brings no check has nothing to say."""
    if not (release / _CHECK).is_file():
        return None
    try:
        done = subprocess.run(
            [sys.executable, *_NOTHING_OF_OURS, _CHECK],
            cwd=release,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={},
        )
    except subprocess.TimeoutExpired:
        return f"its smoke check took longer than {_SECONDS} s"
    if not done.returncode:
        return None
    said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return said or f"its smoke check ended with {done.returncode}"
