"""Runs git for reading, whatever the repository and the environment would have it do."""

import os
import subprocess
from pathlib import Path

from examples.common.trouble import Trouble

_SECONDS = 30


def text(repository: Path, *arguments: str) -> str:
    """What git says. Raises Trouble when it can't."""
    return output(repository, *arguments).decode("utf-8", "replace")


def output(repository: Path, *arguments: str) -> bytes:
    """The bytes that git writes. Raises Trouble when it can't."""
    command = ["git", "-C", str(repository), "-c", "core.quotePath=false", *arguments]
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS, env=own)
    except FileNotFoundError:
        raise Trouble("The program git is missing: install it (Debian: apt install git)") from None
    except subprocess.TimeoutExpired:
        raise Trouble(f"git took longer than {_SECONDS} s in {repository}") from None
    except subprocess.CalledProcessError as failed:
        told = failed.stderr.decode("utf-8", "replace").strip() or "no such commit"
        raise Trouble(f"git can't show that in {repository}: {told}") from None
    return done.stdout
