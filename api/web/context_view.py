"""Values of a question's context under their names, as a person reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

MAX_DEPTH = 4
MAX_ITEMS = 200
"""So many values of one list or object are laid out; the rest is in the JSON."""
SEVERITIES = ("critical", "high", "medium", "low", "info")
_other_words = {"urgent": "critical", "moderate": "medium", "warning": "medium"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A named value: a text, a list of texts, further named values, records, or JSON where deep.

    `records` are the objects of a list, each as named values of its own.
    """

    name: str
    text: str | None = None
    items: tuple[str, ...] = ()
    fields: "tuple[Named, ...]" = ()
    records: "tuple[tuple[Named, ...], ...]" = ()
    json: str | None = None


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
    if isinstance(value, dict | list) and len(value) > MAX_ITEMS:
        return Named(name=name, json=pretty(value))
    if isinstance(value, list) and value and all(is_plain(item) for item in value):
        return Named(name=name, items=tuple(said(item) for item in value))
    if isinstance(value, dict) and value and depth < MAX_DEPTH:
        return Named(name=name, fields=_fields(value, depth))
    if isinstance(value, list) and value and depth < MAX_DEPTH and _all_objects(value):
        return Named(name=name, records=tuple(_fields(item, depth + 1) for item in value))
    if isinstance(value, dict | list) and value:
        return Named(name=name, json=pretty(value))
    return Named(name=name, text=said(value))


def _fields(value: Mapping[str, Any], depth: int) -> tuple[Named, ...]:
    return tuple(named(key, inner, depth + 1) for key, inner in value.items())


def _all_objects(value: list[Any]) -> bool:
    return all(isinstance(item, dict) and item for item in value)


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
    return _other_words.get(word, word if word in SEVERITIES else "")


def is_plain(value: Any) -> bool:
    """Whether a value is neither an object nor a list."""
    return not isinstance(value, dict | list)


def first_of(record: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[str, Any]:
    """The first of these keys that has a plain value, and that value; both empty if none has."""
    return next(((k, record[k]) for k in keys if k in record and is_plain(record[k])), ("", ""))
