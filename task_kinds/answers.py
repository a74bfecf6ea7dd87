"""Checks an answer against its form, in bounded time whoever wrote either."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
import rfc8785
from jsonschema import Draft202012Validator, ValidationError, validators
from pydantic_core import ValidationError as Mismatch

from task_kinds.flaws import Flaw
from task_kinds.forms import MAX_FLAWS, matcher, size_of

MAX_WORK = 1_000_000
_said_chars = 200


def answer_flaws(data: Any, form: dict[str, Any]) -> tuple[Flaw, ...]:
    """How an answer misses its form; none means that it fits.

    `form` is one that `form_flaws` found nothing wrong with; `data` is parsed JSON within the
    limits of the front door. Formats are annotations, as JSON Schema 2020-12 has it.
    """
    if (size_of(form) or MAX_WORK) * _values_in(data) > MAX_WORK:
        return (Flaw((), "too large to be checked against this form"),)
    errors = _validator(orjson.dumps(form)).iter_errors(data)
    return tuple(
        Flaw(tuple(error.absolute_path), error.message[:_said_chars])
        for error in islice(errors, MAX_FLAWS)
    )


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str):
        try:
            matcher(pattern).validate_python(instance)
        except Mismatch:
            yield ValidationError(f"{instance!r:.80} does not match {pattern!r}")


def _unique_items(_: Any, wanted: bool, instance: Any, __: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list):
        items = {rfc8785.dumps(item) for item in instance}
        if len(items) != len(instance):
            yield ValidationError("has an item more than once")


_keywords: dict[str, Callable[..., Iterator[ValidationError]]] = {
    "pattern": _pattern,
    "uniqueItems": _unique_items,
}
LinearValidator: Any = validators.extend(Draft202012Validator, _keywords)
"""JSON Schema 2020-12 with patterns and uniqueness checked in linear time."""


@lru_cache(maxsize=512)
def _validator(form: bytes) -> Any:
    schema = orjson.loads(form)
    # With it jsonschema would take its own validator, whose patterns are not linear.
    schema.pop("$schema", None)
    return LinearValidator(schema)


def _values_in(data: Any) -> int:
    count = 0
    rest = [data]
    while rest:
        value = rest.pop()
        count += 1
        if isinstance(value, dict):
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
    return count
