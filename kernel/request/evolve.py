"""How each event changes a request: the one fold that writer, relay and views share.

It judges nothing and never refuses: whatever the log holds, happened.
"""

from dataclasses import replace
from typing import Any, assert_never

from event_schemas.types import (
    AnswerRecorded,
    Assigned,
    CallbackFailed,
    CallbackSent,
    Cancelled,
    ChangesRequested,
    Commented,
    Completed,
    DeadlineMoved,
    Escalated,
    Event,
    Notified,
    Outcome,
    Received,
    Redeemed,
    Released,
    Reminded,
    Reprioritised,
    Requested,
    RequestState,
    Revised,
    StageOpened,
    Started,
    State,
    TimedOut,
    Vote,
)
from kernel.errors import Unreadable
from kernel.request.callbacks import callback_failed, callback_sent, called_back
from kernel.request.closing import closed
from kernel.request.deadline import new_deadline
from kernel.request.model import Context, Request
from kernel.request.opening import opened
from kernel.request.votes import cast

NOTICES_REMEMBERED = 8

_Changes = dict[str, Any]


def evolve(request: Request | None, event: Event, context: Context) -> Request:
    """The request after an event; its version is one higher, whatever the event.

    Raises:
        Unreadable: the event comes before its request was asked for, so the log is no log of ours.
    """
    if isinstance(event, Requested):
        return opened(request, event, context)
    if request is None:
        raise Unreadable(f"{type(event).__name__} comes before its request was asked for")
    state = replace(
        request.state,
        version=request.state.version + 1,
        last_hash=context.entry_hash,
        **_changes(request, event, context),
    )
    return Request(state, request.policy)


def _changes(request: Request, event: Event, context: Context) -> _Changes:  # noqa: C901, PLR0912 -- one case per event
    state = request.state
    match event:
        case Notified():
            return _notified(state, event)
        case Assigned():
            return _assigned(state, event)
        case Released():
            return _unowned(state) | {"state": _at_rest(state)}
        case Started():
            return {"state": State.IN_PROGRESS}
        case Reprioritised():
            return {"priority": event.priority}
        case Reminded():
            return {"reminders_sent": event.number}
        case Escalated():
            return _escalated(request, event, context)
        case DeadlineMoved():
            return new_deadline(request, event.deadline, context.received_at)
        case AnswerRecorded():
            return {"votes": cast(state.votes, _vote(event, context))}
        case StageOpened():
            fresh = {"stage": event.stage, "votes": (), "state": _at_rest(state)}
            return _unowned(state) | fresh
        case ChangesRequested():
            return _changes_requested(request, event, context)
        case Revised():
            return _revised(request, event, context)
        case Received():
            ending = closed(state, event, context, event.response, event.receipt_until)
            return ending | {"state": State.RESPONDED, "outcome": event.outcome}
        case TimedOut():
            ending = closed(state, event, context, event.response)
            return ending | {"state": State.TIMED_OUT, "outcome": Outcome.TIMED_OUT}
        case Cancelled():
            ending = closed(state, event, context)
            return ending | {"state": State.CANCELLED, "outcome": Outcome.CANCELLED}
        case CallbackSent():
            return callback_sent(state, event.delivery_id)
        case CallbackFailed():
            return callback_failed(state, event.delivery_id)
        case Completed():
            return {"state": State.COMPLETED}
        case Redeemed():
            return {"redeemed": True}
        case Commented() | Requested():
            return {}
        case _:
            assert_never(event)


def _notified(state: RequestState, event: Notified) -> _Changes:
    others = tuple(notice for notice in state.settled_notices if notice != event.notice_id)
    changes: _Changes = {
        "settled_notices": (*others, event.notice_id)[-NOTICES_REMEMBERED:],
        "notified": state.notified or event.sent > 0,
    }
    if event.sent > 0 and state.state is State.PENDING:
        changes["state"] = State.NOTIFIED
    return changes


def _at_rest(state: RequestState) -> State:
    return State.NOTIFIED if state.notified else State.PENDING


def _assigned(state: RequestState, event: Assigned) -> _Changes:
    return {
        "state": State.ASSIGNED,
        "assignee": event.assignee,
        "claim_until": event.until,
        "claim_generation": state.claim_generation + 1,
    }


def _unowned(state: RequestState) -> _Changes:
    if state.assignee is None:
        return {}
    return {
        "assignee": None,
        "claim_until": None,
        "claim_generation": state.claim_generation + 1,
    }


def _escalated(request: Request, event: Escalated, context: Context) -> _Changes:
    # A rung counts from when it was due, not from when someone looked: lateness must not add up.
    climbed_at = context.received_at if event.due_at is None else event.due_at
    changes: _Changes = {"escalation_level": event.level, "ladder_from": climbed_at}
    if event.deadline == request.state.deadline:
        return changes
    return changes | new_deadline(request, event.deadline, climbed_at)


def _vote(event: AnswerRecorded, context: Context) -> Vote:
    return Vote(
        person=event.response.responder_id or context.actor.id,
        decision=event.response.decision,
        means=event.response.means,
        in_place_of=context.actor.on_behalf_of,
    )


def _changes_requested(request: Request, event: ChangesRequested, context: Context) -> _Changes:
    state = request.state
    return (
        {"state": State.REVISING, "revisions_used": state.revisions_used + 1}
        | _unowned(state)
        | called_back(state, context)
        | new_deadline(request, event.deadline, context.received_at)
    )


def _revised(request: Request, event: Revised, context: Context) -> _Changes:
    # Another question: nobody has been told of it, and no vote was given on it in any stage.
    return {
        "state": State.PENDING,
        "revision": event.revision,
        "content_hash": event.content_hash,
        "needs_data": event.needs_data,
        "notified": False,
        "stage": 0,
        "votes": (),
        "ladder_from": context.received_at,
    } | new_deadline(request, event.deadline, context.received_at)
