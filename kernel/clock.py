"""The one place that asks the machine for the time."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the present moment, aware, in UTC."""

    def __call__(self) -> datetime:
        """The present moment."""
        ...


def utc_now() -> datetime:
    """The machine's present moment in UTC."""
    return datetime.now(UTC)


def from_millis(millis: int) -> datetime:
    """A broker's timestamp (milliseconds since 1970) as a moment in UTC."""
    return datetime.fromtimestamp(millis // 1000, UTC).replace(microsecond=millis % 1000 * 1000)
