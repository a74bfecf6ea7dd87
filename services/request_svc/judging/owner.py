"""Judges who holds a request: claims, assignments, the start of work, and giving back."""

from datetime import datetime

from event_schemas.types import (
    ActorKind,
    Assign,
    Assigned,
    Assignee,
    Claim,
    Refusal,
    Release,
    Released,
    Start,
    Started,
    State,
)
from kernel.request.instants import later
from kernel.request.model import Request, is_shared
from services.request_svc.judging.authority import could_answer, leads, why_barred
from services.request_svc.judging.case import Case
from services.request_svc.judging.holding import held_from, is_of
from services.request_svc.judging.refusals import held_by, invalid, not_allowed, wrong_state

_shared = "Several people answer this request, so nobody can hold it alone."


def judge_claim(case: Case, body: Claim, request: Request) -> Refusal | None:
    """Gives the request to the actor; claiming what one holds changes nothing."""
    if is_shared(request):
        return wrong_state(_shared, request.state)
    holder = held_from(case.actor, request)
    if holder is not None:
        return held_by(holder, request.state)
    if not _holds_in_person(case, request):
        case.happens(_claimed(case, request))
    return None


def judge_start(case: Case, body: Start, request: Request) -> Refusal | None:
    """Begins the work; whoever starts on what nobody holds claims it."""
    holder = held_from(case.actor, request)
    if holder is not None:
        return held_by(holder, request.state)
    owned = is_shared(request) or _holds_in_person(case, request)
    if not owned:
        case.happens(_claimed(case, request))
    if not owned or request.state.state is not State.IN_PROGRESS:
        case.happens(Started())
    return None


def judge_release(case: Case, body: Release, request: Request) -> Refusal | None:
    """Takes the request from its holder, who gives it back, or by a lead's word."""
    assignee = request.state.assignee
    if assignee is None:
        return wrong_state("Nobody holds this request.", request.state)
    if body.from_person not in (None, assignee.person):
        return held_by(assignee.person or assignee.team or "", request.state)
    if not is_of(case.actor, assignee) and not leads(case.actor, request):
        return held_by(assignee.person or assignee.team or "", request.state)
    case.happens(Released(from_person=assignee.person, reason=body.reason))
    return None


def judge_assign(case: Case, body: Assign, request: Request) -> Refusal | None:
    """Gives the request to a person or team.

    A lead may give it to anyone who is not barred, over the head of a holder; the notifier to
    anyone likewise, but never takes it from a person. Others take it themselves, or hand it on
    to someone who is asked too, unless somebody else holds it. But for a lead's, all of this
    lasts as long as a claim. Giving it to whoever has it changes nothing.
    """
    person, team = body.assignee.person, body.assignee.team
    if (person is None) == (team is None) or "" in (person, team):
        return invalid("Name either a person or a team.", request.state)
    if person is not None and is_shared(request):
        return wrong_state(_shared, request.state)
    if body.assignee == request.state.assignee:
        return None
    refusal = _may_assign(case, body, request)
    if refusal is not None:
        return refusal
    if person == case.actor.id:
        case.happens(_claimed(case, request, body.reason))
    else:
        lasting = person is None or leads(case.actor, request)
        until = None if lasting else _claim_until(case, request)
        given = Assigned(assignee=body.assignee, claimed=False, until=until, reason=body.reason)
        case.happens(given)
    return None


def _may_assign(case: Case, body: Assign, request: Request) -> Refusal | None:
    state, actor, person = request.state, case.actor, body.assignee.person
    barred = why_barred(person, request)
    if barred is not None:
        return not_allowed(barred, state)
    if leads(actor, request):
        return None
    if actor.kind is ActorKind.SERVICE:
        holder = None if state.assignee is None else state.assignee.person
    else:
        holder = held_from(actor, request)
        if person != actor.id and holder is None and not could_answer(body, request):
            named = person or body.assignee.team
            return not_allowed(f"{named} is not among those who may answer.", state)
    return None if holder is None else held_by(holder, state)


def _holds_in_person(case: Case, request: Request) -> bool:
    assignee = request.state.assignee
    return assignee is not None and assignee.person == case.actor.id


def _claimed(case: Case, request: Request, reason: str | None = None) -> Assigned:
    return Assigned(
        assignee=Assignee(person=case.actor.id),
        claimed=True,
        until=_claim_until(case, request),
        reason=reason,
    )


def _claim_until(case: Case, request: Request) -> datetime | None:
    seconds = request.policy.claim_seconds
    return later(case.received_at, seconds) if seconds > 0 else None
