"""Which callbacks an event gives rise to, and what the core hears of their end."""

from collections.abc import Sequence

from event_schemas.types import Callback, Envelope, RecordCallback
from kernel.errors import Invalid
from kernel.outbound.delivery import Delivery, Standing, delivery_id
from kernel.outbound.posting import said
from kernel.outbound.target import parse_target
from services.callback_svc.body import CALLS_BACK, CallsBack, body_for, event_name

SERVICE = "callback_svc"
CHANNEL = "webhook"
_NOWHERE = "nowhere"


def callback_for(envelope: Envelope) -> Delivery | None:
    """The callback that an event asks for, or None if the asker wants none.

    What can never be sent is settled as failed from the start, so that it is visible.
    """
    event, wanted = envelope.data, envelope.request.callback
    if wanted is None or not isinstance(event, CALLS_BACK):
        return None
    try:
        # One tenant's receiver that hangs is not to hold up another's at the same host.
        lane = f"{envelope.metadata.tenant} {parse_target(wanted.url).lane}"
        payload = body_for(envelope, event)
    except Invalid as error:
        return _delivery(envelope, event, wanted, _NOWHERE, b"").settled(
            Standing.FAILED, said(error)
        )
    return _delivery(envelope, event, wanted, lane, payload)


def _delivery(
    envelope: Envelope, event: CallsBack, wanted: Callback, lane: str, payload: bytes
) -> Delivery:
    return Delivery(
        id=delivery_id(SERVICE, envelope.event_id, CHANNEL, wanted.url),
        service=SERVICE,
        tenant=envelope.metadata.tenant,
        request_id=envelope.metadata.request_id,
        event_id=envelope.event_id,
        event=event_name(event),
        channel=CHANNEL,
        target=wanted.url,
        lane=lane,
        payload=payload,
        secret_ref=wanted.secret_ref,
    )


def report_for(notice: Sequence[Delivery]) -> RecordCallback | None:
    """What the core is told of a callback, or None while it is not settled."""
    (callback,) = notice
    if callback.standing is Standing.PENDING:
        return None
    return RecordCallback(
        delivery_id=callback.event_id,
        delivered=callback.standing is Standing.DELIVERED,
        status_code=callback.status_code,
        attempts=callback.attempts,
        error=callback.error,
    )
