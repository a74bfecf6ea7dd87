"""The one text of a JSON value (RFC 8785), and its digest."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

_TENS_AS_DIGITS = 21
"""ECMAScript writes numbers from here on with an exponent, and those below 1e-6."""
_SMALL = -7


def canonical(value: Any) -> str:
    """The RFC 8785 text of a JSON value; mappings and sequences count as objects and arrays.

    Raises ValueError for a number that is not finite, TypeError for what is no JSON.
    """
    match value:
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case float():
            return _number(value)
        case Mapping():
            members = cast("Mapping[str, Any]", value)
            names = sorted(members, key=_by_code_unit)
            inner = (f"{canonical(name)}:{canonical(members[name])}" for name in names)
            return "{" + ",".join(inner) + "}"
        case list() | tuple():
            return "[" + ",".join(canonical(one) for one in cast("list[Any]", value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} is no JSON")


def digest(value: Any) -> str:
    """SHA-256 over the RFC 8785 text, in hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _by_code_unit(name: str) -> bytes:
    return name.encode("utf-16-be")


def _number(value: float) -> str:
    """As ECMAScript writes it (ECMA-262, Number::toString); Python finds the same digits."""
    if value - value != 0:
        raise ValueError(f"{value} is no JSON number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, power = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0").rstrip("0")
    leading_zeros = len(whole + fraction) - len((whole + fraction).lstrip("0"))
    point = len(whole) - leading_zeros + int(power or 0)
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """The digits with the decimal point behind so many of them."""
    if len(digits) <= point <= _TENS_AS_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _TENS_AS_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALL + 1 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{mantissa}e{point - 1:+d}"
