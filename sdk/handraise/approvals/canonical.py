"""The one text of a JSON value (RFC 8785), and its digest."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import rfc8785


def canonical(value: Any) -> str:
    """The RFC 8785 text of a JSON value; mappings and sequences count as objects and arrays.

    Raises ValueError for what is no JSON, or a number that not every reader takes for the same.
    """
    return rfc8785.dumps(_plain(value)).decode()


def digest(value: Any) -> str:
    """SHA-256 over the RFC 8785 text, in hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            members = cast("Mapping[str, Any]", value)
            return {name: _plain(one) for name, one in members.items()}
        case list() | tuple():
            return [_plain(one) for one in cast("list[Any]", value)]
        case _:
            return value
