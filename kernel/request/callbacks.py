"""How the callbacks of a request fare.

Each is known by its delivery id: the id of the event that it tells the asker of. Only the latest
one moves the request on; an earlier one that ends later is only remembered.
"""

from typing import Any

from event_schemas.types import CallbackStatus, RequestState, State
from kernel.request.model import Context

_awaits_callback = frozenset({State.RESPONDED, State.TIMED_OUT, State.CANCELLED})


def called_back(state: RequestState, context: Context) -> dict[str, Any]:
    """The fields that change with an event that calls back, if the asker wants that."""
    if state.callback is None:
        return {}
    return {"callback_status": CallbackStatus.PENDING, "callback_id": context.event_id}


def callback_sent(state: RequestState, delivery_id: str) -> dict[str, Any]:
    """The fields that change when the receiver took a callback."""
    changes: dict[str, Any] = {
        "settled_deliveries": _with(state.settled_deliveries, delivery_id),
        "failed_deliveries": _without(state.failed_deliveries, delivery_id),
    }
    if delivery_id != state.callback_id:
        return changes
    changes["callback_status"] = CallbackStatus.SENT
    if state.state in _awaits_callback:
        changes["state"] = State.CALLBACK_SENT
    return changes


def callback_failed(state: RequestState, delivery_id: str) -> dict[str, Any]:
    """The fields that change when a callback was given up."""
    changes: dict[str, Any] = {"failed_deliveries": _with(state.failed_deliveries, delivery_id)}
    if delivery_id == state.callback_id:
        changes["callback_status"] = CallbackStatus.FAILED
    return changes


def _without(ids: tuple[str, ...], one: str) -> tuple[str, ...]:
    return tuple(other for other in ids if other != one)


def _with(ids: tuple[str, ...], one: str) -> tuple[str, ...]:
    return (*_without(ids, one), one)
