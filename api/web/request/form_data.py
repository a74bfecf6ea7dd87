"""What was typed into a form's inputs, as data for its schema; and flaws, as people read them."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from api.web.request.form_schema import Asks, Form, Schema, choices_of
from api.web.request.typed import Typed
from kernel.errors import Flaw
from kernel.text import pointer

_missing = object()
_required = re.compile(r"'(.+)' is a required property\Z")
_wrong_type = re.compile(r".* is not of type '(\w+)'(?:, .*)?\Z", re.DOTALL)
_type_words = {
    "integer": "a whole number is expected",
    "number": "a number is expected",
    "object": 'a JSON object is expected, such as {"name": "value"}',
    "array": "a JSON list is expected, such as [1, 2]",
    "boolean": "yes or no is expected",
}


def data_of(form: Schema | None, typed: Typed) -> Any | None:
    """What was typed, as data; what was left empty is left out.

    None where the question has no form, or nothing at all was filled in.
    """
    if not form or typed.is_blank:
        return None
    read = _Reader(Form(form), typed)
    found = read.value(read.form.part(form), "", 0)
    return None if found is _missing else found


class _Reader:
    def __init__(self, form: Form, typed: Typed) -> None:
        self.form = form
        self._typed = typed

    def value(self, schema: Schema, place: str, depth: int, *, required: bool = False) -> Any:
        """What stands in a field; a group that must be there is, so that its parts are told of."""
        asks = self.form.asks(schema, depth)
        match asks:
            case Asks.GROUP:
                inner = {
                    name: self.value(
                        part,
                        place + pointer(name),
                        depth + 1,
                        required=name in schema.get("required", ()),
                    )
                    for name, part in self.form.properties(schema).items()
                }
                filled = {name: value for name, value in inner.items() if value is not _missing}
                return filled if filled or required else _missing
            case Asks.ROWS:
                items = self.form.items(schema)
                rows = range(self._typed.count(place, 0))
                found = [self.value(items, f"{place}/{row}", depth + 1) for row in rows]
                return [value for value in found if value is not _missing] or _missing
            case Asks.SEVERAL:
                choices = choices_of(self.form.items(schema))
                begin = f"{place}/"
                texts = [v for k, v in self._typed.data.items() if k.startswith(begin)]
                return [_chosen(choices, text) for text in texts] or _missing
            case _:
                return _single(schema, asks, self._typed.data.get(place, ""))


def _single(schema: Schema, asks: Asks, text: str) -> Any:
    if not text.strip():
        return _missing
    match asks:
        case Asks.CHOICE | Asks.YES_NO:
            return _chosen(choices_of(schema), text)
        case Asks.WHOLE | Asks.NUMBER | Asks.JSON:
            try:
                return orjson.loads(text.strip())
            except orjson.JSONDecodeError:
                # The schema's check names the field; what was typed must not get lost before it.
                return text
        case _:
            return text


def _chosen(choices: list[Any], text: str) -> Any:
    index = int(text) if text.isascii() and text.isdecimal() else len(choices)
    return choices[index] if index < len(choices) else text


def told_flaws(flaws: tuple[Flaw, ...]) -> Mapping[str, tuple[str, ...]]:
    """Flaws of an answer's data in words, by the pointer of the field that each belongs to."""
    found: dict[str, tuple[str, ...]] = {}
    for flaw in flaws:
        if not flaw.pointer.startswith("/data"):
            continue
        place, detail = flaw.pointer.removeprefix("/data"), flaw.detail
        if missing := _required.match(detail):
            place, detail = place + pointer(missing[1]), "this is required"
        elif wrong := _wrong_type.match(detail):
            detail = _type_words.get(wrong[1], detail)
        found[place] = (*found.get(place, ()), detail)
    return found
