"""The risk panel: how grave a question is said to be, and why, the gravest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.web.context_view import (
    SEVERITIES,
    Named,
    first_of,
    is_plain,
    named,
    pretty,
    said,
    severity_of,
    spoken,
)

KEYS = ("risk_assessment", "risk_analysis", "risk", "risks")
GRAVE = frozenset({"critical", "high"})
_finding_keys = ("findings", "risks", "issues", "items", "reasons")
_severity_keys = ("severity", "level", "risk_level", "risk", "overall")
_text_keys = ("title", "message", "summary", "description", "detail", "text", "reason")
_place_keys = ("path", "file", "filename", "location")
MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One risk: how grave, what, where, and what else was said of it."""

    severity: str
    text: str
    place: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A risk panel: the overall severity, the findings, and the other values."""

    name: str
    severity: str
    summary: str
    findings: tuple[Finding, ...]
    rest: tuple[Named, ...]

    @property
    def is_grave(self) -> bool:
        """Whether it is said to be high or critical, or one of its findings is."""
        words = (self.severity, *(finding.severity for finding in self.findings))
        return any(severity_of(word) in GRAVE for word in words)


def is_risk(key: str, value: Any) -> bool:
    """Whether a value of a context is laid out as a risk panel."""
    return key in KEYS and isinstance(value, dict | list) and bool(value)


def risk_of(key: str, value: Mapping[str, Any] | list[Any]) -> Risk:
    """The panel of a value."""
    record: Mapping[str, Any] = {"findings": value} if isinstance(value, list) else value
    severity_key, severity = first_of(record, _severity_keys)
    text_key, text = first_of(record, ("summary", "description", "message"))
    found = next((k for k in _finding_keys if isinstance(record.get(k), list)), "")
    findings = [_finding(item) for item in record.get(found, [])[:MAX_FINDINGS]]
    findings.sort(key=lambda f: _rank(f.severity))
    used = {severity_key, text_key, found} - {""}
    return Risk(
        name=spoken(key),
        severity=said(severity) if severity_key else "",
        summary=said(text) if text_key else "",
        findings=tuple(findings),
        rest=tuple(named(k, v) for k, v in record.items() if k not in used),
    )


def _rank(severity: str) -> int:
    word = severity_of(severity)
    return SEVERITIES.index(word) if word else len(SEVERITIES)


def _finding(item: Any) -> Finding:
    if not isinstance(item, dict):
        return Finding(severity="", text=said(item) if is_plain(item) else pretty(item))
    severity_key, severity = first_of(item, _severity_keys)
    text_key, text = first_of(item, _text_keys)
    place_key, place = first_of(item, _place_keys)
    line = item.get("line")
    where = f"{place}:{line}" if place and isinstance(line, int) else said(place)
    used = {severity_key, text_key, place_key, "line" if place else ""} - {""}
    more = tuple(
        (spoken(k), said(v) if is_plain(v) else pretty(v)) for k, v in item.items() if k not in used
    )
    return Finding(
        severity=said(severity) if severity_key else "",
        text=said(text) if text_key else "",
        place=where if place_key else "",
        more=more,
    )
