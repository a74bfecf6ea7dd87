"""Judges answers: by one person, or as one vote of several."""

from datetime import datetime

from event_schemas.types import (
    AnswerRecorded,
    ChangesRequested,
    DecisionOption,
    Means,
    Outcome,
    Policy,
    Received,
    Refusal,
    RefusalReason,
    Respond,
    Response,
    StageOpened,
    Vote,
)
from kernel.request.instants import later
from kernel.request.model import Request, counts_votes, is_last_stage, stage_of
from kernel.request.votes import cast, leading, votes_for
from services.request_svc.judging import bounds
from services.request_svc.judging.case import Case
from services.request_svc.judging.filling import leaves_empty
from services.request_svc.judging.holding import held_from
from services.request_svc.judging.oversight import overlooked, shown_before
from services.request_svc.judging.refusals import (
    held_by,
    invalid,
    limit_reached,
    refused,
    stale_revision,
)

_passes_a_stage = (Means.APPROVE, Means.ANSWER)


def judge_respond(case: Case, body: Respond, request: Request) -> Refusal | None:
    """Takes the answer of someone who may give one."""
    holder = held_from(case.actor, request)
    if holder is not None:
        return held_by(holder, request.state)
    option = _offered(request.policy, body.decision)
    refusal = (
        _stale(body, request)
        or shown_before(body.seen, request)
        or _unacceptable(body, option, request)
    )
    if refusal is not None or option is None:
        return refusal
    response = _response(case, body, option, request)
    if counts_votes(request):
        return _vote(case, request, response)
    _settle(case, request, response)
    return None


def outcome_of(means: Means) -> Outcome:
    """How a request ends that is closed by an answer with this meaning."""
    could_not = means is Means.COULD_NOT_COMPLETE
    return Outcome.COULD_NOT_COMPLETE if could_not else Outcome.ANSWERED


def receipt_until(policy: Policy, means: Means, answered_at: datetime) -> datetime | None:
    """Until when an approval may be redeemed; None where there is no receipt."""
    if means is not Means.APPROVE or policy.receipt_seconds <= 0:
        return None
    return later(answered_at, policy.receipt_seconds)


def _offered(policy: Policy, decision: str) -> DecisionOption | None:
    return next((option for option in policy.decisions if option.name == decision), None)


def _stale(body: Respond, request: Request) -> Refusal | None:
    state = request.state
    if body.revision is not None and body.revision != state.revision:
        return stale_revision(
            f"This answers revision {body.revision}; revision {state.revision} is current.", state
        )
    if body.content_hash is not None and body.content_hash != state.content_hash:
        return stale_revision("This answers another content than the current one.", state)
    return None


def _unacceptable(body: Respond, option: DecisionOption | None, request: Request) -> Refusal | None:
    state, policy = request.state, request.policy
    if option is None:
        offered = ", ".join(choice.name for choice in policy.decisions)
        return invalid(f"{body.decision} is not offered; choose from: {offered}.", state)
    if option.needs_comment and not (body.comment or "").strip():
        return invalid(f"{option.name} needs a comment.", state)
    if leaves_empty(state.needs_data, option.means, body.data):
        return invalid("The question's form wants data; answer with data.", state)
    exhausted = 0 < policy.max_revisions <= state.revisions_used
    if option.means is Means.CHANGES and exhausted:
        times = policy.max_revisions
        return refused(
            RefusalReason.REVISIONS_EXHAUSTED,
            f"Changes were requested {times} of {times} times; decide now.",
            state,
        )
    return overlooked(body, option, request)


def _response(case: Case, body: Respond, option: DecisionOption, request: Request) -> Response:
    return Response(
        decision=option.name,
        means=option.means,
        comment=body.comment,
        data=body.data,
        edited=body.edited,
        patch=body.patch,
        attachments=body.attachments,
        responder_id=case.actor.id,
        channel=case.actor.channel,
        revision=request.state.revision,
        content_hash=request.state.content_hash,
        responded_at=case.received_at,
        seen=body.seen,
    )


def _settle(case: Case, request: Request, response: Response) -> None:
    """Closes with the response, or sends the question back if that is what it means."""
    state, policy = request.state, request.policy
    if response.means is Means.CHANGES and policy.max_revisions > 0:
        sent_back = ChangesRequested(
            response=response,
            deadline=later(case.received_at, policy.revise_within_seconds),
            revisions_left=policy.max_revisions - state.revisions_used - 1,
        )
        case.happens(sent_back)
        return
    answered = Received(
        response=response,
        outcome=outcome_of(response.means),
        receipt_until=receipt_until(policy, response.means, case.received_at),
    )
    case.ends(answered, calls_back=state.callback is not None)


def _vote(case: Case, request: Request, response: Response) -> Refusal | None:
    state, needed = request.state, stage_of(request).quorum
    vote = Vote(
        person=case.actor.id,
        decision=response.decision,
        means=response.means,
        in_place_of=case.actor.on_behalf_of,
    )
    votes = cast(state.votes, vote)
    if len(votes) > bounds.MOST_VOTERS:
        return limit_reached(f"{bounds.MOST_VOTERS} people have voted already.", state)
    recorded = AnswerRecorded(
        response=response, stage=state.stage, votes=leading(votes), needed=needed
    )
    case.happens(recorded)
    reached = votes_for(votes, response.decision) >= needed
    if reached and response.means in _passes_a_stage and not is_last_stage(request):
        case.happens(_next_stage(request))
    elif reached or _is_veto(request.policy, response.means):
        _settle(case, request, response)
    return None


def _next_stage(request: Request) -> StageOpened:
    index = request.state.stage + 1
    stage = request.policy.stages[index]
    return StageOpened(stage=index, name=stage.name, candidates=stage.candidates)


def _is_veto(policy: Policy, means: Means) -> bool:
    return (means is Means.CHANGES and policy.changes_veto) or (
        means is Means.REJECT and policy.reject_veto
    )
