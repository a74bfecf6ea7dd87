"""What the ticket stand-ins share: they sign callers in and refuse what is not documented."""

import base64
import hmac
from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Request


def is_signed_in(request: Request, user: str, password: str) -> bool:
    """Whether a request bears these Basic credentials (RFC 7617)."""
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return hmac.compare_digest(request.headers.get("authorization", ""), wanted)


def unknown_in(body: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """The fields that are not documented."""
    return sorted(set(body) - set(known))
