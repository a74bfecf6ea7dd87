"""The one form of a JSON value that is hashed and signed (RFC 8785), and its digest."""

import hashlib
from typing import Any

import orjson
import rfc8785


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value that `kernel.text` accepts.

    Raises:
        rfc8785.CanonicalizationError: the value is none of those.
    """
    if _is_plain(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """SHA-256 over the RFC 8785 form, hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _is_plain(root: Any) -> bool:
    """Whether orjson, twenty times faster, writes just what RFC 8785 wants.

    It does where no number is a float and all names are ASCII, which sort alike as UTF-8 and as
    UTF-16.
    """
    rest = [root]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            if not all(name.isascii() for name in value):
                return False
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
        elif isinstance(value, float):
            return False
    return True
