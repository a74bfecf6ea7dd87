"""A question's JSON Schema as input fields, and what was typed into them as data.

Only the top level is laid out; a property that is itself an object or a list is typed as JSON.
The schema itself is checked where every answer is, not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from api.web.context_view import said, spoken

LONG_TEXT_CHARS = 200
_inputs = {"integer": "number", "number": "number", "string": "text"}
_formats = {"date": "date", "email": "email", "uri": "url", "date-time": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input: its property's name, how it is asked, and what it holds now."""

    name: str
    label: str
    help: str
    required: bool
    input: str
    step: str
    long: bool
    choices: tuple[str, ...]
    value: str


def fields_of(form: Mapping[str, Any] | None, typed: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of a form, holding what was typed before, else the schema's defaults."""
    if not form:
        return ()
    required = form.get("required", ())
    return tuple(
        _field(name, schema, required=name in required, typed=typed.get(name))
        for name, schema in _properties(form).items()
    )


def data_of(form: Mapping[str, Any] | None, typed: Mapping[str, str]) -> dict[str, Any] | None:
    """What was typed as data for the form's schema; what was left empty is left out.

    None where the question has no form.
    """
    if not form:
        return None
    given = {n: s for n, s in _properties(form).items() if typed.get(n, "").strip()}
    return {name: _value(schema, typed[name]) for name, schema in given.items()}


def _properties(form: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    properties = form.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {
        str(name): schema if isinstance(schema, Mapping) else {}
        for name, schema in properties.items()
    }


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    if schema.get("type") == "boolean":
        return [True, False]
    found = schema.get("enum")
    return found if isinstance(found, list) else []


def _field(name: str, schema: Mapping[str, Any], *, required: bool, typed: str | None) -> Field:
    kind, choices = schema.get("type"), _choices(schema)
    longest = schema.get("maxLength", 0)
    long_text = kind == "string" and isinstance(longest, int) and longest > LONG_TEXT_CHARS
    default = "" if "default" not in schema else _typed(schema["default"], choices)
    return Field(
        name=name,
        label=str(schema.get("title") or spoken(name)),
        help=str(schema.get("description") or ""),
        required=required,
        input=_formats.get(str(schema.get("format")), _inputs.get(str(kind), "text")),
        step={"integer": "1", "number": "any"}.get(str(kind), ""),
        long=long_text or (not choices and kind not in _inputs),
        choices=tuple(said(choice) for choice in choices),
        value=default if typed is None else typed,
    )


def _typed(value: Any, choices: list[Any]) -> str:
    if choices:
        return str(choices.index(value)) if value in choices else ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _value(schema: Mapping[str, Any], text: str) -> Any:
    choices = _choices(schema)
    if choices:
        index = int(text) if text.isdecimal() else len(choices)
        return choices[index] if index < len(choices) else text
    if schema.get("type") == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # The schema's check names the field; what was typed must not get lost before it.
        return text
