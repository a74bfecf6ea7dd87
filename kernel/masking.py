"""Hides what is personal: the values of a kind's personal fields, wherever words repeat them.

Notices never carry the context itself. But a title, a description, a comment may say again what
stands in it, and notices leave the house by mail, text message, chat, push and webhook. Pages and
the API show it only to those whom the request concerns.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from task_kinds.pointers import value_at

MASK = "•••"
_WORD_MIN_CHARS = 3
_DIGITS_MIN = 4
_VALUES_MAX = 200
_digits = re.compile(r"\d")


def personal_values(context: Any, pointers: Sequence[str]) -> tuple[str, ...]:
    """The texts and numbers at these places of a context, the longest first.

    What is too short to name anybody is left out: it would blot out ordinary words.
    """
    found = {text for one in pointers for text in _texts(value_at(context, one))}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))[:_VALUES_MAX]


def masked(text: str, personal: Sequence[str]) -> str:
    """The text with every personal value in it hidden, however it is spaced or capitalised."""
    for value in personal:
        pattern = r"\s+".join(re.escape(word) for word in value.split())
        text = re.sub(pattern, MASK, text, flags=re.IGNORECASE)
    return text


def masked_context(context: Any, pointers: Sequence[str], personal: Sequence[str]) -> Any:
    """A context that may leave the house: personal fields hidden, and their values elsewhere."""
    return _hidden(context, "", frozenset(pointers), personal)


def _hidden(value: Any, place: str, pointers: frozenset[str], personal: Sequence[str]) -> Any:
    if place in pointers:
        return MASK
    match value:
        case dict():
            return {
                masked(name, personal): _hidden(
                    one, f"{place}/{_escaped(name)}", pointers, personal
                )
                for name, one in value.items()
            }
        case list():
            return [
                _hidden(one, f"{place}/{number}", pointers, personal)
                for number, one in enumerate(value)
            ]
        case str():
            return masked(value, personal)
        case int() | float() if not isinstance(value, bool) and str(value) in personal:
            return MASK
        case _:
            return value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)
        case str() if len(value.strip()) >= _WORD_MIN_CHARS:
            yield " ".join(value.split())
        case int() | float() if not isinstance(value, bool):
            if len(_digits.findall(str(value))) >= _DIGITS_MIN:
                yield str(value)
        case _:
            return
