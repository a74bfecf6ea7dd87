"""A question's form as inputs that hold what was typed, with what is wrong beside each of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.web.context_view import said, spoken
from api.web.request.form_schema import Asks, Form, Schema, choices_of
from api.web.request.typed import DATA, ROWS, Typed
from kernel.text import pointer

_bounds = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("exclusiveMinimum", "more than {}"),
    ("exclusiveMaximum", "less than {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} of them"),
    ("maxItems", "at most {} of them"),
)
_MAX_CHOICES = 200
_date = re.compile(r"\d{4}-\d{2}-\d{2}")

Flaws = Mapping[str, Sequence[str]]
"""What is wrong, by the pointer of the value."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values to choose from; `value` is its place among them."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input or a group of them.

    `name` is that of the input, `id` that of its element. A list has its rows in `fields`, and
    says in `rows_name` how many there are. `flaws` say what is wrong with what it holds.
    """

    name: str
    id: str
    label: str
    help: str
    bounds: str
    required: bool
    asks: Asks
    value: str = ""
    choices: tuple[Choice, ...] = ()
    fields: "tuple[Field, ...]" = ()
    pointer: str = ""
    rows_name: str = ""
    flaws: tuple[str, ...] = ()
    first: bool = False

    @property
    def input(self) -> str:
        """The type of its input; a browser would drop what is no date."""
        if self.asks is Asks.DATE and (not self.value or _date.fullmatch(self.value)):
            return "date"
        return {Asks.EMAIL: "email", Asks.URL: "url"}.get(self.asks, "text")

    @property
    def described_by(self) -> str:
        """The ids of what describes it."""
        parts = (("help", self.help or self.bounds), ("flaw", self.flaws))
        return " ".join(f"{self.id}-{name}" for name, there in parts if there)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the form a field stands."""

    pointer: str
    label: str
    required: bool
    depth: int


class Fields:
    """Lays out a form; the first field with a flaw is marked, so that the cursor goes there."""

    def __init__(self, form: Schema, typed: Typed, flaws: Flaws) -> None:
        self._form = Form(form)
        self._typed = typed
        self._flaws = flaws
        self._first_is_marked = False

    def root(self) -> Field:
        """The whole form as one group, or as the one field that it is."""
        return self._field(self._form.part(self._form.root), _Place("", "", False, 0))

    def _field(self, schema: Schema, place: _Place, default: Any = None) -> Field:
        asks = self._form.asks(schema, place.depth)
        default = schema.get("default", default)
        flaws = tuple(self._flaws.get(place.pointer, ()))
        first = bool(flaws) and not self._first_is_marked
        self._first_is_marked = self._first_is_marked or first
        common: dict[str, Any] = {
            "name": f"{DATA}{place.pointer}",
            "id": _id(place.pointer),
            "label": str(schema.get("title") or place.label),
            "help": str(schema.get("description") or ""),
            "bounds": _said_bounds(schema),
            "required": place.required,
            "asks": asks,
            "pointer": place.pointer,
            "flaws": flaws,
            "first": first,
        }
        match asks:
            case Asks.GROUP:
                return Field(**common, fields=self._group(schema, place, default))
            case Asks.ROWS:
                fields = self._rows(schema, place, default)
                return Field(**common, fields=fields, rows_name=f"{ROWS}{place.pointer}")
            case Asks.SEVERAL:
                return Field(**common, choices=self._several(schema, place, default))
            case Asks.CHOICE | Asks.YES_NO:
                value = self._text(place, _index(choices_of(schema), default))
                return Field(**common, value=value, choices=_choices(schema, {value}))
            case _:
                return Field(**common, value=self._text(place, _written(default, asks)))

    def _text(self, place: _Place, default: str) -> str:
        return self._typed.data.get(place.pointer, "" if self._typed.given else default)

    def _group(self, schema: Schema, place: _Place, default: Any) -> tuple[Field, ...]:
        required = schema.get("required", ())
        defaults: Mapping[str, Any] = default if isinstance(default, Mapping) else {}
        return tuple(
            self._field(
                inner,
                _Place(
                    place.pointer + pointer(name), spoken(name), name in required, place.depth + 1
                ),
                defaults.get(name),
            )
            for name, inner in self._form.properties(schema).items()
        )

    def _rows(self, schema: Schema, place: _Place, default: Any) -> tuple[Field, ...]:
        defaults: list[Any] = default if isinstance(default, list) else []
        least = max(len(defaults), 1) if not self._typed.given else 0
        count = self._typed.count(place.pointer, least)
        items = self._form.items(schema)
        return tuple(
            self._field(
                items,
                _Place(f"{place.pointer}/{row}", f"{row + 1}", False, place.depth + 1),
                defaults[row] if row < len(defaults) else None,
            )
            for row in range(count)
        )

    def _several(self, schema: Schema, place: _Place, default: Any) -> tuple[Choice, ...]:
        items = self._form.items(schema)
        given: list[Any] = default if isinstance(default, list) else []
        chosen = {_index(choices_of(items), value) for value in given}
        if self._typed.given:
            begin = f"{place.pointer}/"
            chosen = {v for k, v in self._typed.data.items() if k.startswith(begin)}
        return _choices(items, chosen)


def _choices(schema: Schema, chosen: set[str]) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(index), said(value), chosen=str(index) in chosen)
        for index, value in enumerate(choices_of(schema)[:_MAX_CHOICES])
    )


def _index(choices: list[Any], value: Any) -> str:
    return str(choices.index(value)) if value is not None and value in choices else ""


def _written(value: Any, asks: Asks) -> str:
    if value is None:
        return ""
    return (
        value if isinstance(value, str) and asks is not Asks.JSON else orjson.dumps(value).decode()
    )


def _said_bounds(schema: Schema) -> str:
    told = [words.format(schema[key]) for key, words in _bounds if key in schema]
    return ", ".join(told)


def _id(place: str) -> str:
    """An element's id: letters, digits and dashes only, and no other field's."""
    return "field" + "".join(c if c.isascii() and c.isalnum() else f"-{ord(c):x}-" for c in place)
