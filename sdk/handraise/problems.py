"""Reads an HTTP answer that is not a success and makes the error that it means."""

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from handraise.errors import (
    AlreadyDecided,
    Conflict,
    Gone,
    HandraiseError,
    HeldByAnother,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    StaleRevision,
    TooLarge,
    TooLate,
    TooManyRequests,
    Unavailable,
    Unconfirmed,
    UnexpectedReply,
)

_BY_STATUS: Final[Mapping[int, type[Refused]]] = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    429: TooManyRequests,
}

_LIMIT: Final = "limit_reached"
"""A 429 that no waiting helps: a request has had all the comments or extensions it may have."""

_CONFLICTS: Final[Mapping[str, type[Conflict]]] = {
    "already_decided": AlreadyDecided,
    "stale_revision": StaleRevision,
    "held_by": HeldByAnother,
    "late": TooLate,
}


def error_for(
    status: int, problem: Mapping[str, Any] | None, retry_after_seconds: float | None
) -> HandraiseError:
    """The error that a reply with this status and these problem members stands for.

    `problem` is None when the body was no JSON object: for a 4xx that means that something
    other than the service answered; a 5xx may well come from a proxy in front of it.
    """
    if status == HTTPStatus.ACCEPTED:
        return Unconfirmed("The outcome is not known yet", retry_after_seconds=retry_after_seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(status, problem or {}, retry_after_seconds=retry_after_seconds)
    told = problem or {}
    if status == HTTPStatus.TOO_MANY_REQUESTS and told.get("code") != _LIMIT:
        return TooManyRequests(status, told, retry_after_seconds=retry_after_seconds)
    if problem is None or status < HTTPStatus.BAD_REQUEST:
        return UnexpectedReply(f"Expected a reply of Handraise, got HTTP {status}")
    return _refusal_type(status, problem)(status, problem)


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """What a `Retry-After` header asks for (RFC 9110 10.2.3): seconds, or a date."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        due = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if due.tzinfo is None:
        due = due.replace(tzinfo=UTC)
    return max(0.0, (due - now).total_seconds())


def _refusal_type(status: int, problem: Mapping[str, Any]) -> type[Refused]:
    if problem.get("code") == _LIMIT:
        return Invalid
    if status == HTTPStatus.CONFLICT:
        return _CONFLICTS.get(str(problem.get("code")), Conflict)
    return _BY_STATUS.get(status, Invalid)
