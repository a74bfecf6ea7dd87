"""How a request ends: the closing that later commands are shown as the winner."""

from datetime import datetime
from typing import Any

from event_schemas.types import Cancelled, Closing, Received, RequestState, Response, TimedOut
from kernel.request.callbacks import called_back
from kernel.request.model import Context


def closed(
    state: RequestState,
    event: Received | TimedOut | Cancelled,
    context: Context,
    response: Response | None = None,
    receipt_until: datetime | None = None,
) -> dict[str, Any]:
    """The fields of the state that change with any end; the state and outcome are the caller's."""
    responder = None if response is None else response.responder_id
    closing = Closing(
        event=type(event).__name__,
        actor_id=responder or context.actor.id,
        decision=None if response is None else response.decision,
        means=None if response is None else response.means,
        at=context.at,
        receipt_until=receipt_until,
    )
    return {"closing": closing} | called_back(state, context)
