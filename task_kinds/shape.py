"""Checks a definition against `kind.schema.json` and says in plain words what to do."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from jsonschema import ValidationError

from task_kinds.answers import LinearValidator
from task_kinds.flaws import Flaw, Path

FORMAT = FilePath(__file__).parent / "kind.schema.json"
_said_chars = 60
_words = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


@cache
def kind_format() -> Mapping[str, Any]:
    """The JSON Schema of the format that kinds are written in."""
    return json.loads(FORMAT.read_text())


@cache
def _validator() -> Any:
    return LinearValidator(kind_format())


def shape_flaws(definition: Any) -> Iterator[Flaw]:
    """Where a definition does not have the form that the schema asks for."""
    errors: Iterable[ValidationError] = _validator().iter_errors(definition)
    for error in errors:
        yield from _flaws_of(error)


def _flaws_of(error: ValidationError) -> Iterator[Flaw]:
    path: Path = tuple(error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(schema["properties"])
            for name in sorted(instance.keys() - set(known)):
                yield Flaw((*path, name), f"unknown key{suggestion(name, known)}")
        case "required":
            name = error.message.split("'")[1]
            yield Flaw((*path, name), "is missing; add it")
        case "enum":
            options: list[str] = schema["enum"]
            said = said_of(instance)
            yield Flaw(path, f"{said} is none of {suggestion(instance, options, bare=True)}")
        case _ if "x-says" in schema:
            yield Flaw(path, f"{schema['x-says']}, not {said_of(instance)}")
        case "type":
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            wanted = " or ".join(_words[name] for name in types)
            yield Flaw(path, f"{wanted} is expected, not {said_of(instance)}")
        case _:
            yield Flaw(path, error.message[:200])


def suggestion(word: Any, known: list[str], *, bare: bool = False) -> str:
    """The known words, and the one that was probably meant."""
    close = get_close_matches(str(word), known, n=1)
    meant = f"; did you mean '{close[0]}'?" if close else ""
    if bare:
        return ", ".join(known) + meant
    return meant or f"; known are {', '.join(known)}"


def said_of(value: Any) -> str:
    """A value as a sentence shows it, cut short."""
    if isinstance(value, str):
        text = f"'{value}'"
    elif isinstance(value, dict):
        text = "a mapping"
    elif isinstance(value, list):
        text = "a list"
    else:
        text = json.dumps(value)
    return text if len(text) <= _said_chars else text[:_said_chars] + "…"
