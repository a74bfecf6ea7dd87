"""Hides personal data and secrets in free text: e-mail addresses, phone numbers, tokens."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

MASK: Final = "•••"

_address = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
# A word that says what follows, as error messages and query strings have it.
_named_secret = re.compile(
    r"""(?ix)\b((?:api[_-]?key|access[_-]?token|refresh[_-]?token|token|secret|password|passwd
    |authorization|client[_-]?secret|signature|session(?:id)?)["']?\s*[=:]\s*["']?
    (?:(?:bearer|basic)\s+)?)(?!(?:bearer|basic)\s)[^\s"'&,;}•]{1,4096}"""
)
_bearer = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
# What is a token by its look: JWTs, keys with a vendor's prefix, long mixed runs.
_jwt = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*")
_prefixed = re.compile(
    r"\b(?:sk|pk|rk|hr|ghp|gho|xox[abp]|AKIA|AIza|ya29|whsec|glpat)[_.-]?[A-Za-z0-9_.-]{12,}"
)
_long_run = re.compile(r"\b(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_]{32,}\b")
# International, or with separators as phone numbers have them; bare ids of digits stay.
_phone = re.compile(
    r"""(?x)(?<![\w.+-])(?:
    \+\d{1,3}(?:[\s().-]{0,2}\d){6,13}
    |\(?0\d{1,5}\)?[\s/-]{1,3}\d(?:[\s-]?\d){4,10}
    |\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4})(?![\w-])"""
)


def masked(text: str) -> str:
    """The text with what looks personal or secret hidden; masking twice changes nothing more."""
    text = _named_secret.sub(rf"\g<1>{MASK}", text)
    text = _bearer.sub(rf"\g<1> {MASK}", text)
    for pattern in (_jwt, _prefixed, _address, _phone, _long_run):
        text = pattern.sub(MASK, text)
    return text


def masked_in(value: Any) -> Any:
    """A JSON value with all its texts masked; names stay."""
    match value:
        case str():
            return masked(value)
        case Mapping():
            named = cast("Mapping[str, Any]", value)
            return {name: masked_in(one) for name, one in named.items()}
        case Sequence() if not isinstance(value, bytes):
            several = cast("Sequence[Any]", value)
            return [masked_in(one) for one in several]
        case _:
            return value
