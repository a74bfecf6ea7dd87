"""Says which requests are alike: the same asker wants the same thing done with other values.

Two requests are alike if all of `Likeness` is the same. Nothing is guessed: each part is a plain
fact of the request, so that people can be told why two of them stand together.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import orjson

from kernel.text import Json

OPERATIONS = ("tool", "operation", "action", "command", "method")
"""Names of a facet, or of a text at the top of the context, that say what is to be done."""

VALUE = "#"
KEY_CHARS = 32
MAX_WORDS = 40
MAX_WORD_CHARS = 60
MAX_OPERATION_CHARS = 200
MAX_LEVELS = 8
MAX_LOOKED_AT = 1000
_types = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "null"}
_edges = re.compile(r"^[\W_]+|[\W_]+$")
_quotes = "'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_a_value = re.compile(rf"\d|://|@|^[{_quotes}].*[{_quotes}]\W*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What alike requests have in common.

    `title` is the title's words with `#` for numbers, ids, addresses and quotes. `operation` is the
    tool or operation that is asked for. `shape` lists the places of the context with the type of
    their values, the items of a list as one.
    """

    kind: str
    principal_id: str | None
    asker: str
    title: str
    operation: str | None
    shape: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same 32 hexadecimal digits for alike requests, others for others."""
        scope = (self.kind, self.principal_id, self.asker)
        told = orjson.dumps((*scope, self.title, self.operation, self.shape))
        return sha256(told).hexdigest()[:KEY_CHARS]


def likeness_of(
    *,
    kind: str,
    principal_id: str | None,
    asker: str,
    title: str,
    context: Json,
    facets: Mapping[str, str | int | float | bool],
) -> Likeness:
    """The likeness of a question of this kind; `facets` are its facets' values by name."""
    return Likeness(
        kind=kind,
        principal_id=principal_id,
        asker=asker,
        title=title_pattern(title),
        operation=_operation(context, facets),
        shape=shape_of(context),
    )


@lru_cache(maxsize=4096)
def title_pattern(title: str) -> str:
    """The words of a title, what differs from one request to the next as `#`."""
    words: list[str] = []
    for word in title.casefold().split()[:MAX_WORDS]:
        kept = VALUE if _a_value.search(word) else _edges.sub("", word)[:MAX_WORD_CHARS]
        if kept and not (kept == VALUE and words[-1:] == [VALUE]):
            words.append(kept)
    return " ".join(words)


def shape_of(context: Json) -> tuple[str, ...]:
    """The places of a JSON value with their types, sorted: `/items/*/price number`.

    Only so many values and levels are looked at, in an order that no writer of JSON changes.
    """
    found: set[str] = set()
    rest: list[tuple[str, Json, int]] = [("", context, MAX_LEVELS)]
    for _ in range(MAX_LOOKED_AT):
        if not rest:
            break
        place, value, levels = rest.pop()
        found.add(f"{place} {_types.get(type(value), 'number')}")
        if isinstance(value, dict) and levels:
            for name in sorted(value, reverse=True):
                step = name if name.isalnum() else name.replace("~", "~0").replace("/", "~1")
                rest.append((f"{place}/{step}", value[name], levels - 1))
        elif isinstance(value, list) and levels:
            rest += [(f"{place}/*", item, levels - 1) for item in reversed(value)]
    return tuple(sorted(found))


def _operation(context: Json, facets: Mapping[str, str | int | float | bool]) -> str | None:
    told = context if isinstance(context, Mapping) else {}
    for known in (facets, told):
        for name in OPERATIONS:
            value = known.get(name)
            if isinstance(value, str):
                return value[:MAX_OPERATION_CHARS]
    return None
