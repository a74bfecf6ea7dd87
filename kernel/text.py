"""Reads JSON from strangers within limits, so that nothing later on can choke on it.

Depth, numbers of keys and values, doubled names, NUL, lone surrogates, and numbers that RFC 8785
can't write are refused here, each by its place (a JSON pointer, RFC 6901), all at once.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import orjson

from kernel.errors import Flaw, Invalid

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]

KIB = 1024
MAX_BYTES = 256 * KIB
MAX_LEVELS = 64
MAX_KEYS = 10_000
MAX_VALUES = 50_000
MAX_FLAWS = 20
MAX_INTEGER = 2**53 - 1
_INTEGER_DIGITS = 17
_brackets = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Fault:
    """Stands in a parsed document where a value can't be taken."""

    detail: str


def read_json(data: bytes, limit: int = MAX_BYTES) -> JsonObject:
    """The JSON object that the bytes hold (RFC 8259, in UTF-8), of which there are at most so many.

    Raises:
        Invalid: no JSON object, or beyond a limit of this module; the flaws say where.
    """
    if len(data) > limit:
        raise _invalid("", f"{len(data)} bytes; at most {limit} are read")
    _check_levels(data)
    try:
        value = _decoder.decode(data.decode())
    except UnicodeDecodeError as error:
        raise _invalid("", f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _invalid("", f"not JSON at {where}: {error.msg}") from None
    if not isinstance(value, dict):
        raise _invalid("", "a JSON object is expected")
    check_json(value)
    return value


def check_json(value: Json) -> None:
    """Checks a value that was parsed elsewhere against the limits of this module.

    Raises:
        Invalid: it goes beyond a limit, or is no JSON; the flaws say where.
    """
    if not _is_sound(value):
        flaws = tuple(islice(_flaws(value), MAX_FLAWS))
        raise Invalid("the JSON is not acceptable", flaws)


def to_text(value: Json) -> str:
    """A JSON value as text, compact, its keys in the order they came in."""
    return orjson.dumps(value).decode()


def pointer(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def text_fault(text: str) -> str | None:
    """Why a text can't be stored, if so: NUL (Postgres) or a lone surrogate (UTF-8)."""
    if "\x00" in text:
        return "holds the character NUL"
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        return "holds a lone surrogate"
    return None


def _invalid(place: str, detail: str) -> Invalid:
    return Invalid("the JSON is not acceptable", (Flaw(place, detail),))


def _check_levels(data: bytes) -> None:
    """Refuses deep nesting before a parser recurses into it."""
    if data.count(b"[") + data.count(b"{") <= MAX_LEVELS:
        return
    level = 0
    for match in _brackets.finditer(data):
        bracket = match[0]
        if bracket in b"[{":
            level += 1
            if level > MAX_LEVELS:
                raise _invalid("", f"nested deeper than {MAX_LEVELS} levels")
        elif bracket in b"]}":
            level -= 1


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        met: set[str] = set()
        for name, _ in pairs:
            if name in met:
                found[name] = _Fault("the name is given twice")
            met.add(name)
    return found


def _integer(digits: str) -> int | _Fault:
    if len(digits) > _INTEGER_DIGITS:
        return _Fault("an integer beyond 2^53 - 1; write it as a string")
    return int(digits)


def _constant(name: str) -> _Fault:
    return _Fault(f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)


def _is_sound(root: Json) -> bool:
    """Whether `_flaws` finds nothing; several times faster, since it keeps no paths."""
    keys = values = levels = 0
    row = [root]
    while row:
        below: list[Json] = []
        values += len(row)
        levels += 1
        for value in row:
            if isinstance(value, dict):
                keys += len(value)
                below.extend(value.values())
                if any(map(_name_fault, value)):
                    return False
            elif isinstance(value, list):
                below.extend(value)
            elif _scalar_fault(value):
                return False
        if keys > MAX_KEYS or values + len(below) > MAX_VALUES or levels > MAX_LEVELS + 1:
            return False
        row = below
    return True


def _flaws(root: Json) -> Iterator[Flaw]:
    """Every flaw of a document, in no recursion; it ends early where a count is exceeded."""
    keys = values = 0
    stack: list[tuple[Json, tuple[str | int, ...]]] = [(root, ())]
    while stack:
        value, path = stack.pop()
        values += 1
        if detail := _scalar_fault(value):
            yield Flaw(pointer(*path), detail)
        if isinstance(value, dict):
            keys += len(value)
            for name in value:
                if detail := _name_fault(name):
                    yield Flaw(pointer(*path), detail)
            stack.extend([(item, (*path, name)) for name, item in value.items()][::-1])
        elif isinstance(value, list):
            stack.extend([(item, (*path, index)) for index, item in enumerate(value)][::-1])
        if len(path) > MAX_LEVELS:
            yield Flaw("", f"nested deeper than {MAX_LEVELS} levels")
            return
        if keys > MAX_KEYS or len(stack) + values > MAX_VALUES:
            yield Flaw("", f"more than {MAX_KEYS} keys or {MAX_VALUES} values")
            return


def _name_fault(name: Any) -> str | None:
    if not isinstance(name, str):
        return "a name that is not text"
    fault = text_fault(name)
    return fault and f"a name here {fault}"


def _scalar_fault(value: Json) -> str | None:
    if isinstance(value, str):
        return text_fault(value)
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, int):
        beyond = abs(value) > MAX_INTEGER
        return "an integer beyond 2^53 - 1; write it as a string" if beyond else None
    if isinstance(value, float):
        return None if math.isfinite(value) else "a number beyond what JSON readers keep"
    return value.detail if isinstance(value, _Fault) else f"{type(value).__name__} is not JSON"
