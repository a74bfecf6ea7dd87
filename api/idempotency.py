"""Reads the Idempotency-Key header, so that a call repeated is a call made once.

The draft draft-ietf-httpapi-idempotency-key-header-07 wants a structured string (RFC 9651 section
3.3.3), that is a quoted one; a bare token, as others take it, means the same key.
"""

import re
from collections.abc import Sequence

from kernel.errors import Flaw, Invalid

HEADER = "idempotency-key"
MAX_CHARS = 255
_quoted = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\Z')
_bare = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+\Z")


def parse_key(values: Sequence[str]) -> str | None:
    """The key that the header's values name; None where the header is missing.

    Raises:
        Invalid: given twice, empty, longer than 255 characters, or with characters beyond
            printable ASCII.
    """
    if not values:
        return None
    if len(values) > 1:
        raise _invalid("the header is given more than once")
    text = values[0].strip(" \t")
    if quoted := _quoted.match(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    elif bare := _bare.match(text):
        key = bare[0]
    else:
        raise _invalid("a quoted string or a bare token of printable ASCII is expected")
    if not key or len(key) > MAX_CHARS:
        raise _invalid(f"1 to {MAX_CHARS} characters are expected, {len(key)} were given")
    return key


def _invalid(detail: str) -> Invalid:
    return Invalid("The Idempotency-Key header is not valid", (Flaw("/idempotency-key", detail),))
