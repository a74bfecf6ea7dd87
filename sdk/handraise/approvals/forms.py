"""Python values as the JSON that a person is shown, and the types that JSON does not tell.

Numbers are those of JSON (1 and 1.0 are the same), tuples are lists; text is taken as it is,
without Unicode normalisation. Everything else keeps its type beside its JSON, so that an approval
of the text "1.5" is none of Decimal("1.5").
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final, cast
from uuid import UUID

from pydantic import BaseModel

from handraise.approvals.refusals import NoJsonForm

_LARGEST_INTEGER: Final = 2**53 - 1
_DEEPEST: Final = 50
"""The service takes 64 levels, and the arguments lie some levels below the top."""


@dataclass(frozen=True, slots=True)
class Form:
    """A value as JSON, and by JSON pointer (RFC 6901) the types that it does not tell."""

    value: Any
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Writer:
    types: dict[str, str] = field(default_factory=dict[str, str])

    def write(self, value: Any, at: str, depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise NoJsonForm(f"{at} is nested too deeply, or in itself")
        if value is None or type(value) in (bool, int, float, str):
            return _plain(value, at)
        if type(value) in (list, tuple):
            items = enumerate(cast("list[Any]", value))
            return [self.write(one, f"{at}/{place}", depth + 1) for place, one in items]
        if type(value) is dict:
            return self._members(cast("dict[Any, Any]", value), at, depth)
        self.types[at] = type_name(value)
        return self._typed(value, at, depth)

    def _typed(self, value: Any, at: str, depth: int) -> Any:
        match value:
            case Enum():
                return self.write(value.value, f"{at}/value", depth + 1)
            case datetime() | date() | time():
                return value.isoformat()
            case UUID() | Decimal():
                return str(value)
            case BaseModel():
                return self._members({**value.__dict__, **(value.model_extra or {})}, at, depth)
            case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
                names = [one.name for one in dataclasses.fields(value)]
                return self._members({name: getattr(value, name) for name in names}, at, depth)
            case _:
                raise NoJsonForm(
                    f"{at} is a {type_name(value)}, which has no JSON form: give a plain value, a"
                    " dataclass or a pydantic model, or name the parameter in leave_out if it"
                    " decides nothing (a connection, self)"
                )

    def _members(self, members: Mapping[Any, Any], at: str, depth: int) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for name, value in members.items():
            if type(name) is not str:
                raise NoJsonForm(f"{at} has the name {name!r}, and names in JSON are text")
            below = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            written[_plain(name, below)] = self.write(value, below, depth + 1)
        return written


def form_of(arguments: Mapping[str, Any]) -> Form:
    """The form of a call's arguments, by parameter.

    Raises NoJsonForm, which names the place, for what has none: other types than JSON's own,
    dates, UUIDs, decimals, enums, dataclasses and pydantic models; integers beyond 2^53 - 1, which
    JSON readers round; numbers that are not finite; NUL characters and halves of surrogate pairs.
    """
    writer = _Writer()
    value = {name: writer.write(one, f"/{name}") for name, one in arguments.items()}
    return Form(value, writer.types)


def type_name(value: Any) -> str:
    """What people call a value's type: `decimal.Decimal`."""
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any, at: str) -> Any:
    match value:
        case bool() | None:
            return value
        case int() if abs(value) > _LARGEST_INTEGER:
            raise NoJsonForm(f"{at} is beyond 2^53 - 1, which JSON readers round: pass it as text")
        case float() if value - value != 0:
            raise NoJsonForm(f"{at} is {value}, which is no number in JSON")
        case str() if "\0" in value or any("\ud800" <= one <= "\udfff" for one in value):
            raise NoJsonForm(f"{at} holds NUL or half a surrogate pair, which is no text in JSON")
        case _:
            return value
