"""`@requires_approval`: a function that runs only as a person approved it, and once."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, Unpack, overload

from handraise.approvals.binding import name_of
from handraise.approvals.dispatch import dispatch, dispatch_sync
from handraise.approvals.gate import Gate, Wording
from handraise.client import Handraise
from handraise.sync_client import HandraiseSync

P = ParamSpec("P")
R = TypeVar("R")


class Approval(Wording, total=False):
    """How a function's approval is asked for, and how its calls are made."""

    name: str
    """What the function is called, before people and in keys. Default: module and name."""
    leave_out: Iterable[str]
    """Parameters that decide nothing (self, a connection): not shown, and not approved."""
    wait: bool | timedelta
    """Whether a call waits for the decision, or for so long; else it raises ApprovalPending."""
    use_edited: bool
    """Whether a reviewer may change the arguments; then the call is made with those."""


@overload
def requires_approval(
    hand: Handraise | Callable[[], Handraise], **approval: Unpack[Approval]
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]: ...


@overload
def requires_approval(
    hand: HandraiseSync | Callable[[], HandraiseSync], **approval: Unpack[Approval]
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def requires_approval(
    hand: Any, **approval: Unpack[Approval]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a person approve each call of a function before it is made.

    ::

        @requires_approval(hand, title="Refund {amount} for {order}?")
        async def refund(order: str, amount: int) -> str: ...

        await refund("A-17", 240)  # asks, waits, and then refunds: 240, for A-17, once

    A call is known by the function, its arguments (defaults included) and the key of
    `approval_scope`: made again, it finds its question again, so a restart asks nobody twice. The
    approval is spent in the service right before the function runs, so of all calls that it lets
    through, in whatever process, one runs; a crash right after it leaves it spent and the call not
    made. `hand` may be a function that gives the client, where it is made later.

    Raises what `handraise.approvals.refusals` draws.
    """

    def behind(function: Callable[..., Any]) -> Callable[..., Any]:
        gate = _gate(function, approval)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def asked(*args: Any, **kwargs: Any) -> Any:
                return await dispatch(gate, _client(hand, Handraise), args, kwargs)

            return asked

        @functools.wraps(function)
        def asked_sync(*args: Any, **kwargs: Any) -> Any:
            return dispatch_sync(gate, _client(hand, HandraiseSync), args, kwargs)

        return asked_sync

    return behind


_OWN = frozenset(Approval.__annotations__) - frozenset(Wording.__annotations__)


def _gate(function: Callable[..., Any], approval: Approval) -> Gate:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError("A generator runs long after it is called: approve what it does instead")
    wording: Any = {name: value for name, value in approval.items() if name not in _OWN}
    leave_out = frozenset(approval.get("leave_out", ()))
    unknown = leave_out - set(inspect.signature(function).parameters)
    if unknown:
        raise TypeError(f"{function.__qualname__} has no parameter {', '.join(sorted(unknown))}")
    return Gate(
        function=function,
        name=approval.get("name") or name_of(function),
        leave_out=leave_out,
        wait=approval.get("wait", True),
        use_edited=approval.get("use_edited", False),
        wording=wording,
    )


C = TypeVar("C", Handraise, HandraiseSync)


def _client(hand: Any, kind: type[C]) -> C:
    client = hand if isinstance(hand, Handraise | HandraiseSync) else hand()
    if not isinstance(client, kind):
        raise TypeError(f"This function needs a {kind.__name__}, not a {type(client).__name__}")
    return client
