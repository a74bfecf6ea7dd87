"""Says, around a call, for which wish or under which request it is made."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The wish that a call is for, or the request that it is made under."""

    key: str | None = None
    request_id: str | None = None


_scope = ContextVar[Scope | None]("approval_scope", default=None)


@contextmanager
def approval_scope(*, key: str | None = None, request_id: str | None = None) -> Generator[None]:
    """Around calls of functions that need an approval.

    ::

        with approval_scope(key="order-17"):
            await refund("A-17", 240)

    The same call under the same `key` is the same question, whichever process makes it and how
    often; under another key, or with other arguments, it is another. `request_id` makes the call
    under a request that is there already: nothing is asked, and the call must be the one that the
    request shows.
    """
    token = _scope.set(Scope(key, request_id))
    try:
        yield
    finally:
        _scope.reset(token)


def current_scope() -> Scope:
    """What was said around the call that is being made."""
    return _scope.get() or Scope()
