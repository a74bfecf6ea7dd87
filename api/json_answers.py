"""Writes JSON answers: moments in UTC with Z, nothing that a JSON reader would refuse."""

from typing import Any

import orjson
from starlette.responses import Response

_options = orjson.OPT_UTC_Z


def dumps(value: Any) -> bytes:
    """A value as JSON bytes; moments as RFC 3339 in UTC with Z."""
    return orjson.dumps(value, option=_options)


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(dumps(value), status, headers, "application/json")
