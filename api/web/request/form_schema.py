"""Reads from a JSON Schema what a person is asked: of which kind each value is, and its parts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

MAX_DEPTH = 6
LONG_TEXT_CHARS = 200
_ref = "#/$defs/"
_beyond_us = ("allOf", "anyOf", "oneOf", "not", "if", "prefixItems")

Schema = Mapping[str, Any]


class Asks(StrEnum):
    """How a value is asked for."""

    GROUP = "group"
    ROWS = "rows"
    SEVERAL = "several"
    CHOICE = "choice"
    YES_NO = "yes_no"
    TEXT = "text"
    LONG = "long"
    WHOLE = "whole"
    NUMBER = "number"
    DATE = "date"
    EMAIL = "email"
    URL = "url"
    JSON = "json"


_texts = {"date": Asks.DATE, "email": Asks.EMAIL, "uri": Asks.URL}
_plain = {"integer": Asks.WHOLE, "number": Asks.NUMBER, "boolean": Asks.YES_NO}


class Form:
    """A question's form; its parts are found by following its own references."""

    def __init__(self, form: Schema) -> None:
        self._definitions = form.get("$defs", {})
        self.root: Schema = form

    def part(self, schema: Any) -> Schema:
        """A schema with its reference followed; what stands beside the reference adds to it."""
        found: Schema = schema if isinstance(schema, Mapping) else {}
        for _ in range(MAX_DEPTH):
            name = str(found.get("$ref", "")).removeprefix(_ref)
            target = self._definitions.get(name) if "$ref" in found else None
            if not isinstance(target, Mapping):
                break
            beside = {key: value for key, value in found.items() if key != "$ref"}
            found = {**target, **beside}
        return found

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The properties of an object's schema, in its order."""
        given = schema.get("properties")
        parts = given if isinstance(given, Mapping) else {}
        return {str(name): self.part(inner) for name, inner in parts.items()}

    def items(self, schema: Schema) -> Schema:
        """The schema of a list's items."""
        return self.part(schema.get("items"))

    def asks(self, schema: Schema, depth: int = 0) -> Asks:
        """How a value of this schema is asked for; what can't be laid out is typed as JSON."""
        if choices_of(schema):
            return Asks.YES_NO if schema.get("type") == "boolean" else Asks.CHOICE
        if depth >= MAX_DEPTH or any(keyword in schema for keyword in _beyond_us):
            return Asks.JSON
        kind = type_of(schema)
        if kind == "object" or (not kind and schema.get("properties")):
            return Asks.GROUP if schema.get("properties") else Asks.JSON
        if kind == "array":
            return self._asks_items(schema, depth)
        if kind == "string":
            longest = schema.get("maxLength", 0)
            is_long = isinstance(longest, int) and longest > LONG_TEXT_CHARS
            return Asks.LONG if is_long else _texts.get(str(schema.get("format")), Asks.TEXT)
        return _plain.get(kind, Asks.JSON)

    def _asks_items(self, schema: Schema, depth: int) -> Asks:
        items = self.items(schema)
        if not items:
            return Asks.JSON
        if choices_of(items) and schema.get("uniqueItems"):
            return Asks.SEVERAL
        inner = self.asks(items, depth + 1)
        return Asks.JSON if inner in {Asks.ROWS, Asks.SEVERAL} else Asks.ROWS


def type_of(schema: Schema) -> str:
    """The type that a schema asks for; of several the first that is not null."""
    kind = schema.get("type", "")
    kinds = kind if isinstance(kind, list) else [kind]
    return next((str(one) for one in kinds if one != "null"), "")


def choices_of(schema: Schema) -> list[Any]:
    """The values to choose from; none where anything may be given."""
    if type_of(schema) == "boolean":
        return [True, False]
    found = schema.get("enum")
    return found if isinstance(found, list) else [schema["const"]] if "const" in schema else []
