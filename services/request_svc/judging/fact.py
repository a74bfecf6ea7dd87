"""Judges what the delivering services report; a report that is known already changes nothing."""

from event_schemas.types import (
    CallbackFailed,
    CallbackSent,
    Completed,
    Notified,
    RecordCallback,
    RecordNotification,
    Refusal,
)
from kernel.request.model import Request, is_closed
from services.request_svc.judging.bounds import MOST_DELIVERIES
from services.request_svc.judging.case import Case
from services.request_svc.judging.refusals import invalid, limit_reached, wrong_state


def judge_notification(case: Case, body: RecordNotification, request: Request) -> Refusal | None:
    """Records that people were told, or that nobody could be."""
    if body.notice_id not in request.state.settled_notices:
        told = Notified(
            notice_id=body.notice_id, channels=body.channels, sent=body.sent, failed=body.failed
        )
        case.happens(told)
    return None


def judge_callback(case: Case, body: RecordCallback, request: Request) -> Refusal | None:
    """Records how a callback ended; one that was given up may still succeed, not the reverse."""
    state = request.state
    known = state.settled_deliveries + state.failed_deliveries
    if state.callback is None:
        return wrong_state("The asker wanted no callback.", state)
    if body.delivered and body.status_code is None:
        return invalid("A delivered callback has a status code.", state)
    if body.delivery_id not in known and len(known) >= MOST_DELIVERIES:
        return limit_reached("Too many callbacks were recorded.", state)
    if body.delivered and body.delivery_id not in state.settled_deliveries:
        _taken(case, body, request)
    elif not body.delivered and body.delivery_id not in known:
        given_up = CallbackFailed(
            delivery_id=body.delivery_id,
            status_code=body.status_code,
            attempts=body.attempts,
            error=body.error,
        )
        case.happens(given_up)
    return None


def _taken(case: Case, body: RecordCallback, request: Request) -> None:
    sent = CallbackSent(
        delivery_id=body.delivery_id,
        status_code=body.status_code or 0,
        attempts=body.attempts,
    )
    case.happens(sent)
    tells_the_end = body.delivery_id == request.state.callback_id
    if tells_the_end and is_closed(request.state):
        case.happens(Completed())
