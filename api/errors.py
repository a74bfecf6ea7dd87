"""The errors that only a front door has; the others are in `kernel.errors`."""

import asyncpg

from kernel.errors import HandraiseError, Unavailable
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


class Behind(Unavailable):
    """A view has not come up with the log yet; in a moment it will have."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_seconds=1)


class TooMany(HandraiseError):
    """Too many calls or attempts; wait before the next. `headers` go along with the answer."""

    retriable = True
    status, code = 429, "too_many"

    def __init__(self, detail: str, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
        self.headers: dict[str, str] = {}


class Saturated(Unavailable):
    """There is more to do here than can be done now; nothing of this call was."""

    code = "saturated"


class TooSlow(HandraiseError):
    """The body did not come to its end in time."""

    status, code = 408, "too_slow"


class BodyTooLarge(HandraiseError):
    """The body has more bytes than we read."""

    status, code = 413, "body_too_large"


class MediaType(HandraiseError):
    """The body's type or encoding is not one that we read."""

    status, code = 415, "media_type"


class BadRequest(HandraiseError):
    """The call can't be understood, or broke off."""

    status, code = 400, "bad_request"
