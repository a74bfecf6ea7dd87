"""Judges what steers a request without answering it: time, urgency, words, and its withdrawal."""

from datetime import datetime

from event_schemas.types import (
    Cancel,
    Cancelled,
    Comment,
    Commented,
    DeadlineMoved,
    Escalate,
    Extend,
    Refusal,
    Reprioritise,
    Reprioritised,
    Revise,
    Revised,
)
from kernel.request.business import counted_after, deadline_hours
from kernel.request.instants import later
from kernel.request.model import Request
from kernel.request.steps import rung_ahead
from services.request_svc.judging.bounds import FURTHEST_EXTENSION_SECONDS
from services.request_svc.judging.case import Case
from services.request_svc.judging.due import climbed
from services.request_svc.judging.refusals import invalid, limit_reached


def judge_comment(case: Case, body: Comment, request: Request) -> Refusal | None:
    """Records words; allowed even after the end."""
    if not body.text.strip():
        return invalid("A comment needs words.", request.state)
    case.happens(Commented(text=body.text, attachments=body.attachments))
    return None


def judge_extend(case: Case, body: Extend, request: Request) -> Refusal | None:
    """Moves the deadline to a later one, after now and no further than 366 days from now."""
    deadline = _wanted_deadline(case, body)
    if deadline is None:
        return invalid("Give either some seconds from now or a deadline.", request.state)
    if deadline <= case.received_at:
        return invalid("The deadline can only move to after now.", request.state)
    if deadline > later(case.received_at, FURTHEST_EXTENSION_SECONDS):
        return invalid("The deadline can't be more than 366 days from now.", request.state)
    previous = request.state.deadline
    if previous is not None and deadline <= previous:
        said = f"{previous:%Y-%m-%dT%H:%M:%SZ}"
        return invalid(f"The deadline is {said}; it can only move to later.", request.state)
    case.happens(DeadlineMoved(deadline=deadline, previous=previous, reason=body.reason))
    return None


def judge_escalate(case: Case, body: Escalate, request: Request) -> Refusal | None:
    """Climbs the next rung at a person's word; the deadline stays."""
    if rung_ahead(request) is None:
        return limit_reached("The top of the ladder is reached.", request.state)
    case.happens(climbed(request, None, body.reason))
    return None


def judge_reprioritise(case: Case, body: Reprioritise, request: Request) -> Refusal | None:
    """Changes the priority; the same again changes nothing."""
    previous = request.state.priority
    if body.priority is not previous:
        changed = Reprioritised(priority=body.priority, previous=previous, reason=body.reason)
        case.happens(changed)
    return None


def judge_cancel(case: Case, body: Cancel, request: Request) -> Refusal | None:
    """Withdraws the request."""
    case.ends(Cancelled(reason=body.reason), calls_back=request.state.callback is not None)
    return None


def judge_revise(case: Case, body: Revise, request: Request) -> Refusal | None:
    """Puts the changed question, which has the full time to answer again."""
    seconds, hours = request.state.timeout_seconds, deadline_hours(request.policy)
    revised = Revised(
        revision=request.state.revision + 1,
        title=body.title,
        description=body.description,
        context=body.context,
        form=body.form,
        needs_data=body.needs_data,
        attachments=body.attachments,
        content_hash=body.content_hash,
        note=body.note,
        deadline=None if seconds is None else counted_after(hours, case.received_at, seconds),
    )
    case.happens(revised)
    return None


def _wanted_deadline(case: Case, body: Extend) -> datetime | None:
    if (body.seconds is None) == (body.deadline is None):
        return None
    return body.deadline if body.seconds is None else later(case.received_at, body.seconds)
