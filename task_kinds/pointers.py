"""JSON pointers (RFC 6901): what a document holds at a place."""

import re
from typing import Any, Final

PATTERN = r"^(/([^~/]|~[01])*)+$"
_index = re.compile(r"0|[1-9][0-9]{0,8}")


class Missing:
    """Stands for the value at a place that a document does not have."""


MISSING: Final = Missing()


def value_at(document: Any, pointer: str) -> Any:
    """The value at a place, or `MISSING`; never raises."""
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and _index.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def place(path: tuple[str | int, ...]) -> str:
    """The JSON pointer of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
