"""What can be wrong with a change: findings, their severity, and the risk that they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_POINTS = {Severity.CRITICAL: 40, Severity.HIGH: 15, Severity.MEDIUM: 5, Severity.LOW: 1}
_CRITICAL_POINTS, _HIGH_POINTS, _MEDIUM_POINTS = 40, 15, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a reviewer should look at. `line` is in the new file; None is all of it."""

    severity: Severity
    path: str
    line: int | None
    rule: str
    message: str

    @property
    def place(self) -> str:
        """Where it is, as `path:line`."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def to_json(self) -> dict[str, Any]:
        """As the reviewer's page shows it."""
        return {
            "severity": self.severity.value,
            "path": self.path,
            "line": self.line,
            "rule": self.rule,
            "message": self.message,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Finding":
        """The finding that `to_json` wrote."""
        return cls(
            severity=Severity(said["severity"]),
            path=said["path"],
            line=said["line"],
            rule=said["rule"],
            message=said["message"],
        )


@dataclass(frozen=True, slots=True)
class Risk:
    """What the findings add up to: a level, points, and the findings, worst first."""

    level: Severity
    points: int
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """As the reviewer's page shows it."""
        count = len(self.findings)
        return {
            "level": self.level.value,
            "summary": f"{count} finding{'' if count == 1 else 's'}, {self.points} risk points",
            "findings": [finding.to_json() for finding in self.findings],
        }


def risk_of(findings: Sequence[Finding]) -> Risk:
    """The risk of a change: points by severity, added up; the same place is told once a rule."""
    ranks = list(Severity)
    once = dict.fromkeys(findings)
    ordered = sorted(once, key=lambda one: (ranks.index(one.severity), one.path, one.line or 0))
    points = sum(_POINTS[finding.severity] for finding in ordered)
    return Risk(_level(points), points, tuple(ordered))


def _level(points: int) -> Severity:
    if points >= _CRITICAL_POINTS:
        return Severity.CRITICAL
    if points >= _HIGH_POINTS:
        return Severity.HIGH
    return Severity.MEDIUM if points >= _MEDIUM_POINTS else Severity.LOW
