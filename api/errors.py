"""The errors that only a front door has; the others are in `kernel.errors`."""

import asyncpg

from kernel.errors import HandraiseError
from kernel.postgres import away

views_away = (
    *away,
    asyncpg.InterfaceError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
)
"""What a read of the views raises while Postgres is away, too busy, or too slow."""


class Unauthenticated(HandraiseError):
    """A valid credential is needed."""

    status, code = 401, "unauthenticated"


class TooMany(HandraiseError):
    """Too many attempts; wait before the next."""

    retriable = True
    status, code = 429, "too_many"

    def __init__(self, detail: str, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class BodyTooLarge(HandraiseError):
    """The body has more bytes than we read."""

    status, code = 413, "body_too_large"


class MediaType(HandraiseError):
    """The body's type or encoding is not one that we read."""

    status, code = 415, "media_type"


class BadRequest(HandraiseError):
    """The call can't be understood."""

    status, code = 400, "bad_request"
