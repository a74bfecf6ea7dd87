"""What the work of a task is about: said once, and found in its log lines and on its span."""

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry.trace import get_current_span
from structlog import contextvars


def about(**ids: str | None) -> None:
    """Notes ids for the log lines of this task from here on, and on its span as `handraise.…`."""
    known = {name: value for name, value in ids.items() if value is not None}
    contextvars.bind_contextvars(**known)
    made = get_current_span()
    if made.is_recording():
        for name, value in known.items():
            made.set_attribute(f"handraise.{name}", value)


@contextmanager
def subject(**ids: str | None) -> Generator[None]:
    """As `about`, for the block; what is noted within is forgotten with it."""
    before = contextvars.get_contextvars()
    about(**ids)
    try:
        yield
    finally:
        contextvars.clear_contextvars()
        contextvars.bind_contextvars(**before)
