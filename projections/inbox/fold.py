"""The log becomes rows: how an entry changes what people see of a request."""

from collections.abc import Mapping
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
    Entry,
    Escalated,
    Notified,
    Received,
    Redeemed,
    Released,
    Reminded,
    Reprioritised,
    Requested,
    Response,
    Revised,
    StageOpened,
    Started,
    TimedOut,
)
from kernel.chain import Admitted
from kernel.likeness import likeness_of
from kernel.request.entry import Applied, fold_entry
from kernel.request.model import Request
from projections.inbox.facets import facets_of
from projections.inbox.question import question_of
from projections.inbox.row import FacetValue, InboxRow
from projections.json_text import parsed, plain, plain_or_none, response_record, to_json

_Changes = dict[str, Any]

_unowned: _Changes = {"assigned_at": None, "started_at": None, "claimed": False}
_unanswered: _Changes = {
    "response": None,
    "responded_at": None,
    "responded_by": None,
    "callback_sent_at": None,
    "notified_at": None,
}


def fold(row: InboxRow | None, admitted: Admitted) -> InboxRow | None:
    """The row after an admitted record; one without events changes nothing.

    Raises:
        Unreadable: an event can't be decoded, or comes before its request was asked for.
    """
    entry = admitted.payload
    if not isinstance(entry, Entry) or not entry.events:
        return row
    folded = fold_entry(None if row is None else row.request, entry, admitted.hash)
    changes: _Changes = {}
    for applied in folded.applied:
        event = applied.event
        if row is None or isinstance(event, Requested):
            # `fold_entry` has refused every event that comes before `Requested`.
            assert isinstance(event, Requested)
            row, changes = _opened(event, applied), {}
        else:
            changes |= _changes(row, applied)
    assert row is not None
    assert folded.request is not None
    now = {"request": folded.request, "log_offset": admitted.log_offset, "updated_at": entry.at}
    return replace(row, **now, **changes)


def _opened(event: Requested, applied: Applied) -> InboxRow:
    context = parsed(event.context)
    facets = facets_of(event.policy.facets, context)
    return InboxRow(
        request=applied.request,
        log_offset=-1,
        title=plain(event.title),
        facets=facets,
        likeness=_likeness(event, applied.request, context, facets),
        response=None,
        claimed=False,
        updated_at=applied.context.at,
        notified_at=None,
        assigned_at=None,
        started_at=None,
        responded_at=None,
        responded_by=None,
        closed_at=None,
        callback_sent_at=None,
        completed_at=None,
        question=question_of(event, applied.request, context, facets),
    )


def _changes(row: InboxRow, applied: Applied) -> _Changes:  # noqa: C901, PLR0912 -- one case per event
    event, at = applied.event, applied.context.at
    match event:
        case Notified():
            reached = event.sent > 0 and row.notified_at is None
            return {"notified_at": at} if reached else {}
        case Assigned():
            return {"assigned_at": at, "started_at": None, "claimed": event.claimed}
        case Started():
            return {"started_at": at}
        case Released() | StageOpened():
            return _unowned
        case ChangesRequested():
            return _unowned | _answered(event.response)
        case Revised():
            return _revised(row, event, applied)
        case Received() | TimedOut():
            return {"closed_at": at} | _answered(event.response)
        case Cancelled():
            return {"closed_at": at}
        case CallbackSent():
            return {"callback_sent_at": at}
        case Completed():
            return {"completed_at": at}
        case AnswerRecorded() | CallbackFailed() | Commented() | DeadlineMoved() | Escalated():
            return {}
        case Redeemed() | Reminded() | Reprioritised() | Requested():
            return {}
        case _:
            assert_never(event)


def _answered(response: Response | None) -> _Changes:
    if response is None:
        return {}
    return {
        "response": to_json(response_record(response.as_record())),
        "responded_at": response.responded_at,
        "responded_by": plain_or_none(response.responder_id),
    }


def _revised(row: InboxRow, event: Revised, applied: Applied) -> _Changes:
    context = parsed(event.context)
    facets = facets_of(applied.request.policy.facets, context)
    question = question_of(event, applied.request, context, facets)
    if row.question is not None:
        question = replace(question, routing=row.question.routing)
    asked = {
        "title": plain(event.title),
        "facets": facets,
        "likeness": _likeness(event, applied.request, context, facets),
        "question": question,
    }
    return _unanswered | asked


def _likeness(
    event: Requested | Revised, request: Request, context: Any, facets: Mapping[str, FacetValue]
) -> str:
    return likeness_of(
        kind=request.policy.kind,
        principal_id=request.state.principal_id,
        asker=request.state.requester_id,
        title=event.title,
        context=context,
        facets=facets,
    ).key
