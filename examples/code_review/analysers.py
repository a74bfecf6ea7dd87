"""Runs ruff and bandit on the Python files of a change, and keeps what its own lines cause."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from examples.code_review.changes import Change, write_new_version
from examples.code_review.findings import Finding, Severity
from examples.common.trouble import Trouble

_RUFF_OPTIONS = ("--isolated", "--no-cache", "--exit-zero", "--output-format=json")
_RUFF_RULES = "E9,F,B,ASYNC,PLE,DTZ"
_SECONDS = 60

_BANDIT_SEVERITIES = {
    "HIGH": Severity.CRITICAL,
    "MEDIUM": Severity.HIGH,
    "LOW": Severity.LOW,
}


def analyse(change: Change) -> list[Finding]:
    """What ruff and bandit find in the lines that a change adds.

    Raises Trouble when one of them is missing or says something that can't be read.
    """
    python = [file for file in change.files if file.path.endswith(".py") and not file.is_deleted]
    if not python:
        return []
    with tempfile.TemporaryDirectory(prefix="review-") as name:
        directory = Path(name).resolve()
        paths = [write_new_version(change, file.path, directory) for file in python]
        found = [*_ruff(directory, paths), *_bandit(directory, paths)]
    added = {file.path: file.added_lines for file in python}
    return [one for one in found if one.line is None or one.line in added[one.path]]


def _ruff(directory: Path, paths: Sequence[Path]) -> list[Finding]:
    said = _run(
        ["ruff", "check", *_RUFF_OPTIONS, f"--select={_RUFF_RULES}", "--", *map(str, paths)]
    )
    return [
        Finding(
            severity=_ruff_severity(one["code"]),
            path=_relative(one["filename"], directory),
            line=one["location"]["row"],
            rule=f"ruff {one['code'] or 'syntax'}",
            message=one["message"],
        )
        for one in said
    ]


def _ruff_severity(code: str | None) -> Severity:
    """What doesn't parse or names what isn't there breaks when it runs; the rest may."""
    if code is None or code.startswith(("E9", "F82", "PLE", "invalid-syntax")):
        return Severity.CRITICAL
    return Severity.LOW if code.startswith("F") else Severity.MEDIUM


def _bandit(directory: Path, paths: Sequence[Path]) -> list[Finding]:
    said = _run(["bandit", "--format=json", "--quiet", "--exit-zero", *map(str, paths)])
    return [
        Finding(
            severity=_BANDIT_SEVERITIES.get(one["issue_severity"], Severity.LOW),
            path=_relative(one["filename"], directory),
            line=one["line_number"],
            rule=f"bandit {one['test_id']}",
            message=one["issue_text"],
        )
        for one in said["results"]
    ]


def _run(command: Sequence[str]) -> Any:
    program = command[0]
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Trouble(f"{program} took longer than {_SECONDS} s") from None
    try:
        return json.loads(done.stdout)
    except ValueError:
        told = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Trouble(f"{program} did not run ({told}): install the demo's packages") from None


def _relative(filename: str, directory: Path) -> str:
    return Path(filename).resolve().relative_to(directory).as_posix()
