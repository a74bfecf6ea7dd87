"""What the paths and the size of a change alone say about its risk, and whom it affects."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from examples.code_review.changes import ChangedFile
from examples.code_review.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class PathRule:
    """What a path that matches means."""

    name: str
    pattern: re.Pattern[str]
    severity: Severity
    message: str


def _rule(name: str, pattern: str, severity: Severity, message: str) -> PathRule:
    return PathRule(name, re.compile(pattern, re.IGNORECASE), severity, message)


PATH_RULES: Sequence[PathRule] = (
    _rule(
        "path-schema",
        r"(^|/)migrations?/|\.sql$",
        Severity.HIGH,
        "changes the database's schema, which can't be taken back by a rollback",
    ),
    _rule(
        "path-sign-in",
        r"(^|/)(auth|login|session|permission|crypto)[^/]*(/|\.py$)",
        Severity.HIGH,
        "decides who may do what",
    ),
    _rule(
        "path-money",
        r"(^|/)(payments?|billing|refunds?|invoices?)[^/]*(/|\.py$)",
        Severity.MEDIUM,
        "moves money",
    ),
    _rule(
        "path-delivery",
        r"(^|/)(\.github/|\.gitlab|jenkinsfile|dockerfile|deploy/|terraform/|k8s/)",
        Severity.MEDIUM,
        "changes how everything is built or deployed",
    ),
    _rule(
        "path-dependencies",
        r"(^|/)(requirements[^/]*\.(txt|lock)|pyproject\.toml|[^/]+\.lock|package(-lock)?\.json)$",
        Severity.LOW,
        "changes what the code depends on",
    ),
)

_TEST = re.compile(r"(^|/)(tests?/|test_[^/]+\.py$|[^/]+_test\.py$)")
_LONG_LINES, _VERY_LONG_LINES = 150, 500
_WIDE_FILES = 20


def findings_in(files: Sequence[ChangedFile]) -> list[Finding]:
    """What the paths and the size of a change tell."""
    return [*_by_path(files), *_by_test(files), *_by_size(files)]


def schema_files(files: Sequence[ChangedFile]) -> list[str]:
    """The files of a change that change the database's schema."""
    [rule] = [rule for rule in PATH_RULES if rule.name == "path-schema"]
    return [file.path for file in files if rule.pattern.search(file.path)]


def affected_systems(files: Sequence[ChangedFile]) -> list[str]:
    """The parts of the repository that a change touches: its top folders, or a file's name."""
    found = {PurePosixPath(file.path).parts[0] for file in files if "/" in file.path}
    top = {PurePosixPath(file.path).stem for file in files if "/" not in file.path}
    return sorted(name for name in found | top if not _TEST.search(f"{name}/"))


def _by_path(files: Sequence[ChangedFile]) -> Iterator[Finding]:
    for file in files:
        for rule in PATH_RULES:
            if rule.pattern.search(file.path) and not _TEST.search(file.path):
                yield _finding(rule.severity, file.path, rule.name, rule.message)


def _by_test(files: Sequence[ChangedFile]) -> Iterator[Finding]:
    code = [file for file in files if file.path.endswith(".py") and not _TEST.search(file.path)]
    tests = [file for file in files if _TEST.search(file.path)]
    for file in tests:
        if file.is_deleted:
            yield _finding(Severity.MEDIUM, file.path, "test-removed", "a test is taken away")
    if code and not [file for file in tests if not file.is_deleted]:
        yield _finding(Severity.LOW, code[0].path, "test-missing", "code changes and no test does")


def _by_size(files: Sequence[ChangedFile]) -> Iterator[Finding]:
    lines = sum((file.added or 0) + (file.removed or 0) for file in files)
    largest = max(files, key=lambda file: (file.added or 0) + (file.removed or 0), default=None)
    if largest is not None and lines > _LONG_LINES:
        is_very_long = lines > _VERY_LONG_LINES
        yield _finding(
            Severity.HIGH if is_very_long else Severity.MEDIUM,
            largest.path,
            "size-lines",
            f"{lines} lines are more than a person reads with care",
        )
    if largest is not None and len(files) > _WIDE_FILES:
        yield _finding(
            Severity.MEDIUM, largest.path, "size-files", f"{len(files)} files change at once"
        )
    for file in files:
        if file.added is None and not file.is_deleted:
            yield _finding(
                Severity.MEDIUM, file.path, "binary", "a binary file, which no review can read"
            )


def _finding(severity: Severity, path: str, rule: str, message: str) -> Finding:
    return Finding(severity=severity, path=path, line=None, rule=rule, message=message)
