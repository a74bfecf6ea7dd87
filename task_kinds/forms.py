"""Checks that a form is a JSON Schema (2020-12) that is safe to validate against.

A form comes from a stranger, so it may refer to nothing but its own `$defs`, without circles; its
size and depth with all references written out are bounded, and patterns are those that are matched
in linear time (no look-around, no back-references).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from task_kinds.flaws import Flaw, Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 32 * 1024
MAX_LEVELS = 24
MAX_SIZE = 2_000
MAX_PATTERN = 500
MAX_FLAWS = 20
_name = re.compile(r"[\w.-]+")
_one = {
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
}
_lists = {"allOf", "anyOf", "oneOf", "prefixItems"}
_maps = {"$defs", "dependentSchemas", "properties"}
_refused = {
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$vocabulary",
    "patternProperties",
    "unevaluatedItems",
    "unevaluatedProperties",
}
_prefix = "#/$defs/"


def form_flaws(form: Any) -> tuple[Flaw, ...]:
    """What is wrong with a form; none means that it can be used.

    `form` is parsed JSON.
    """
    if not isinstance(form, dict):
        return (Flaw((), "a JSON Schema object is expected"),)
    if _is_huge(form):
        return (Flaw((), f"more than {2 * MAX_LEVELS} levels, or {MAX_SIZE} values"),)
    return _flaws_of(orjson.dumps(form))


@lru_cache(maxsize=512)
def _flaws_of(text: bytes) -> tuple[Flaw, ...]:
    form: dict[str, Any] = orjson.loads(text)
    if len(text) > MAX_BYTES:
        return (Flaw((), f"{len(text)} bytes; a form has at most {MAX_BYTES}"),)
    errors = Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(form)
    misfits = [
        Flaw(tuple(error.absolute_path), f"not JSON Schema: {error.message[:200]}")
        for error in islice(errors, MAX_FLAWS)
    ]
    flaws = misfits or list(islice(_deeper_flaws(form), MAX_FLAWS))
    if not flaws and size_of(form) is None:
        bounds = f"{MAX_SIZE} values in {MAX_LEVELS} levels of schemas"
        flaws = [Flaw((), f"too large or circular: with $ref written out at most {bounds}")]
    return tuple(flaws)


def _deeper_flaws(form: dict[str, Any]) -> Iterator[Flaw]:
    """What is wrong with a form whose keywords have the right types."""
    found: list[tuple[Path, dict[str, Any]]] = [((), form)]
    for path, schema in found:
        found.extend((path + step, child) for step, child in _children(schema))
        for keyword in sorted(_refused & schema.keys()):
            yield Flaw((*path, keyword), f"{keyword} is not supported in forms")
        if "$schema" in schema and (path or schema["$schema"].rstrip("#") != DIALECT):
            yield Flaw((*path, "$schema"), f"stands at the top only, and is {DIALECT}")
        if "$ref" in schema and _target(form, schema["$ref"]) is None:
            yield Flaw((*path, "$ref"), f"must be {_prefix}<name of one of the form's $defs>")
        if "pattern" in schema and (detail := pattern_fault(schema["pattern"])):
            yield Flaw((*path, "pattern"), detail)


def size_of(form: dict[str, Any]) -> int | None:
    """The values that a form has with all references written out; None where that is too many."""
    size = 0
    rest: list[tuple[dict[str, Any], int]] = [(form, 1)]
    while rest:
        schema, level = rest.pop()
        size += _values(schema)
        if size > MAX_SIZE or level > MAX_LEVELS:
            return None
        rest.extend((part, level + 1) for step, part in _children(schema) if step[0] != "$defs")
        if "$ref" in schema:
            rest.append((_target(form, schema["$ref"]) or {}, level + 1))
    return size


def _target(form: dict[str, Any], reference: str) -> dict[str, Any] | None:
    name = reference.removeprefix(_prefix)
    found = form.get("$defs", {}).get(name) if reference.startswith(_prefix) else None
    return found if isinstance(found, dict) and _name.fullmatch(name) else None


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern can't be used, if so."""
    if len(pattern) > MAX_PATTERN:
        return f"{len(pattern)} characters; a pattern has at most {MAX_PATTERN}"
    try:
        matcher(pattern)
    except SchemaError as error:
        return f"not a pattern that is matched in linear time: {str(error)[-120:]}"
    return None


@lru_cache(maxsize=512)
def matcher(pattern: str) -> SchemaValidator:
    """A validator of texts that contain the pattern, in time linear in the text.

    Raises:
        SchemaError: the pattern can't be used.
    """
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _children(schema: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for keyword, value in schema.items():
        if keyword in _one:
            parts: list[tuple[Path, Any]] = [((keyword,), value)]
        elif keyword in _lists:
            parts = [((keyword, index), part) for index, part in enumerate(value)]
        elif keyword in _maps:
            parts = [((keyword, name), part) for name, part in value.items()]
        else:
            continue
        yield from ((path, part) for path, part in parts if isinstance(part, dict))


def _values(schema: dict[str, Any]) -> int:
    """The values of a schema but for those in the schemas within it."""
    plain = {key: value for key, value in schema.items() if key not in _one | _lists | _maps}
    named = sum(len(schema[key]) for key in _maps & schema.keys())
    return 1 + orjson.dumps(plain).count(b",") + named


def _is_huge(form: dict[str, Any]) -> bool:
    """Whether it is beyond the bounds even before references are written out."""
    levels = values = 0
    row: list[Any] = [form]
    while row:
        levels, values = levels + 1, values + len(row)
        if levels > 2 * MAX_LEVELS or values > MAX_SIZE:
            return True
        inside = [v for item in row if isinstance(item, dict) for v in item.values()]
        row = inside + [v for item in row if isinstance(item, list) for v in item]
    return False
