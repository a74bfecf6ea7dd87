"""Binds a call's arguments to its function's parameters, and makes the terms of its approval."""

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from handraise.approvals.canonical import digest
from handraise.approvals.forms import form_of
from handraise.models import Json

_NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is to be done: the function, and its arguments as JSON, with defaults, by parameter."""

    function: str
    arguments: Json
    types: Mapping[str, str]

    def context(self) -> dict[str, Any]:
        """What the reviewer is shown, and the approval covers."""
        shown: dict[str, Any] = {"function": self.function, "arguments": dict(self.arguments)}
        return {**shown, "types": dict(self.types)} if self.types else shown

    def key(self, wish: str | None) -> str:
        """The idempotency key under which the same call for the same `wish` is found again."""
        return f"approval-{digest([self.context(), wish])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A call whose arguments nobody else can change any more, and its terms."""

    arguments: inspect.BoundArguments
    terms: Terms
    leave_out: frozenset[str] = _NOTHING


def bound(
    function: Callable[..., Any],
    name: str,
    leave_out: frozenset[str],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Bound:
    """The call of a function with copies of these arguments, but for those left out.

    Raises TypeError where they don't fit the function, NoJsonForm where they can't be shown.
    """
    arguments = inspect.signature(function).bind(*args, **kwargs)
    arguments.apply_defaults()
    shown = {name: one for name, one in arguments.arguments.items() if name not in leave_out}
    form_of(shown)
    arguments.arguments.update(copy.deepcopy(shown))
    return frozen(arguments, name, leave_out)


def frozen(arguments: inspect.BoundArguments, name: str, leave_out: frozenset[str]) -> Bound:
    """The call with arguments that are ours alone. Raises NoJsonForm."""
    shown = {name: one for name, one in arguments.arguments.items() if name not in leave_out}
    form = form_of(shown)
    terms = Terms(function=name, arguments=form.value, types=form.types)
    return Bound(arguments=arguments, terms=terms, leave_out=leave_out)


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called: `payments.refund`."""
    return f"{function.__module__}.{function.__qualname__}"
