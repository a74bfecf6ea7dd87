"""Lays a question's context out for the eye: its diff, its risks, the rest as named values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from api.web.diff import FileDiff, is_unified_diff, parse_diff

DIFF_KEYS = ("code_diff", "diff", "patch")
RISK_KEYS = ("risk_assessment", "risk_analysis", "risk", "risks")
_finding_keys = ("findings", "risks", "issues", "items", "reasons")
_severity_keys = ("severity", "level", "risk_level", "risk", "overall")
_text_keys = ("title", "message", "summary", "description", "detail", "text", "reason")
_place_keys = ("path", "file", "filename", "location")
_severities = ("critical", "high", "medium", "low", "info")
MAX_DEPTH = 4


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
    rest: "tuple[Named, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A named value: a text, a list of texts, further named values, or JSON where it is deep."""

    name: str
    text: str | None = None
    items: tuple[str, ...] = ()
    fields: "tuple[Named, ...]" = ()
    json: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """A diff with the key it stood under."""

    name: str
    files: tuple[FileDiff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextView:
    """A context as the page shows it, and whole as JSON."""

    diffs: tuple[Diff, ...]
    risks: tuple[Risk, ...]
    rest: tuple[Named, ...]
    json: str


def view_of(content: Any) -> ContextView:
    """The context laid out; whatever is no diff and no risk comes as named values."""
    context: Mapping[str, Any] = content if isinstance(content, dict) else {"context": content}
    diffs = {k: v for k, v in context.items() if _is_diff(k, v)}
    risks = {
        k: v for k, v in context.items() if k in RISK_KEYS and isinstance(v, dict | list) and v
    }
    rest = {k: v for k, v in context.items() if k not in diffs and k not in risks}
    return ContextView(
        diffs=tuple(Diff(name=spoken(k), files=tuple(parse_diff(v))) for k, v in diffs.items()),
        risks=tuple(_risk(k, v) for k, v in risks.items()),
        rest=tuple(named(k, v) for k, v in rest.items()),
        json=pretty(context),
    )


def pretty(value: Any) -> str:
    """A value as indented JSON."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()


def spoken(key: str) -> str:
    """A key as words: `affected_systems` is "Affected systems"."""
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def named(key: str, value: Any, depth: int = 0) -> Named:
    """A value under its name."""
    name = spoken(key)
    if isinstance(value, list) and value and all(_is_plain(item) for item in value):
        return Named(name=name, items=tuple(said(item) for item in value))
    if isinstance(value, dict) and value and depth < MAX_DEPTH:
        return Named(name=name, fields=tuple(named(k, v, depth + 1) for k, v in value.items()))
    if isinstance(value, dict | list) and value:
        return Named(name=name, json=pretty(value))
    return Named(name=name, text=said(value))


def said(value: Any) -> str:
    """A plain value as a person reads it."""
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def severity_of(value: Any) -> str:
    """One of critical, high, medium, low, info; empty where the word is none of ours."""
    word = str(value).strip().lower()
    return {"urgent": "critical", "moderate": "medium", "warning": "medium"}.get(
        word, word if word in _severities else ""
    )


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _is_diff(key: str, value: Any) -> bool:
    return key in DIFF_KEYS and isinstance(value, str) and is_unified_diff(value)


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[str, Any]:
    return next(((k, record[k]) for k in keys if k in record and _is_plain(record[k])), ("", ""))


def _risk(key: str, value: Mapping[str, Any] | list[Any]) -> Risk:
    record: Mapping[str, Any] = {"findings": value} if isinstance(value, list) else value
    severity_key, severity = _first(record, _severity_keys)
    text_key, text = _first(record, ("summary", "description", "message"))
    found = next((k for k in _finding_keys if isinstance(record.get(k), list)), "")
    findings = [_finding(item) for item in record.get(found, [])]
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
    return _severities.index(word) if word else len(_severities)


def _finding(item: Any) -> Finding:
    if not isinstance(item, dict):
        return Finding(severity="", text=said(item) if _is_plain(item) else pretty(item))
    severity_key, severity = _first(item, _severity_keys)
    text_key, text = _first(item, _text_keys)
    place_key, place = _first(item, _place_keys)
    line = item.get("line")
    where = f"{place}:{line}" if place and isinstance(line, int) else said(place)
    used = {severity_key, text_key, place_key, "line" if place else ""} - {""}
    more = tuple(
        (spoken(k), said(v) if _is_plain(v) else pretty(v))
        for k, v in item.items()
        if k not in used
    )
    return Finding(
        severity=said(severity) if severity_key else "",
        text=said(text) if text_key else "",
        place=where if place_key else "",
        more=more,
    )
