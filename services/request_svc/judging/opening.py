"""Judges the opening of a request."""

from itertools import pairwise

from event_schemas.types import (
    AutoDecision,
    BusinessHours,
    DeadlineAction,
    Means,
    Open,
    Policy,
    Refusal,
    RefusalReason,
    Requested,
)
from kernel.request.business import counted_after, deadline_hours
from kernel.request.model import Request
from services.request_svc.judging import bounds
from services.request_svc.judging.authority import Matter, parties_of
from services.request_svc.judging.by_rule import answered_by_rule, decided_by_rule
from services.request_svc.judging.case import Case
from services.request_svc.judging.due import default_option
from services.request_svc.judging.refusals import invalid, not_allowed, refused


def judge_open(case: Case, body: Open) -> Refusal | None:
    """Opens the request; the same question again is the same request, another one is refused."""
    if case.request is not None:
        return _asked_before(case.request, body)
    if not parties_of(Open, case.actor, Matter(body.kind, body.principal_id, None)):
        return not_allowed("Only an agent, or a person who may ask, opens a request.")
    flaw = _flaw_of(body)
    if flaw is not None:
        return invalid(flaw)
    auto = decided_by_rule(body, case.received_at)
    case.happens(_requested(case, body, auto))
    if auto is not None and not auto.shadow:
        answered = answered_by_rule(body, auto, case.received_at)
        case.ends(answered, calls_back=body.callback is not None, by_policy=True)
    return None


def _asked_before(request: Request, body: Open) -> Refusal | None:
    if request.state.fingerprint == body.fingerprint:
        return None
    return refused(
        RefusalReason.KEY_REUSED,
        "The same key was used before for another question.",
        request.state,
    )


def _requested(case: Case, body: Open, auto: AutoDecision | None) -> Requested:
    timeout, hours = body.timeout_seconds, deadline_hours(body.policy)
    return Requested(
        kind=body.kind,
        principal_id=body.principal_id,
        title=body.title,
        description=body.description,
        context=body.context,
        form=body.form,
        needs_data=body.needs_data,
        attachments=body.attachments,
        routing=body.routing,
        priority=body.priority,
        deadline=None if timeout is None else counted_after(hours, case.received_at, timeout),
        policy=body.policy,
        callback=body.callback,
        metadata=body.metadata,
        workflow_id=body.workflow_id,
        checkpoint_id=body.checkpoint_id,
        agent_id=body.agent_id,
        requester_id=body.requester_id,
        content_hash=body.content_hash,
        fingerprint=body.fingerprint,
        auto_decision=auto,
    )


def _flaw_of(body: Open) -> str | None:
    """The first thing that keeps the question from being opened, as a sentence."""
    policy, timeout = body.policy, body.timeout_seconds
    if policy.kind != body.kind:
        return f"The policy is that of the kind {policy.kind}, not {body.kind}."
    if timeout is not None and not 0 < timeout <= bounds.LONGEST_SECONDS:
        return "The time to answer must be between a second and 10 years."
    return _flaw_of_decisions(policy, body.auto_decision) or _flaw_of_times(policy)


def _flaw_of_decisions(policy: Policy, auto: AutoDecision | None) -> str | None:
    means = {option.name: option.means for option in policy.decisions}
    if not means or len(means) != len(policy.decisions) or len(means) > bounds.MOST_DECISIONS:
        return f"Between 1 and {bounds.MOST_DECISIONS} decisions, each once, must be offered."
    if auto is not None and means.get(auto.decision, Means.CHANGES) is Means.CHANGES:
        return f"The rule {auto.rule} decides {auto.decision}, which closes nothing here."
    closes_itself = policy.deadline.action in (DeadlineAction.FAIL, DeadlineAction.ESCALATE)
    option = default_option(policy)
    if not closes_itself and (option is None or option.means is Means.CHANGES):
        return "The deadline's decision must be one of those offered, and close the request."
    quorums = [policy.quorum, *(stage.quorum for stage in policy.stages)]
    if not all(1 <= quorum <= bounds.LARGEST_QUORUM for quorum in quorums):
        return f"A quorum must be between 1 and {bounds.LARGEST_QUORUM}."
    if len(policy.stages) > bounds.MOST_STAGES:
        return f"There may be {bounds.MOST_STAGES} stages at most."
    return None


def _flaw_of_times(policy: Policy) -> str | None:
    reminders = policy.remind_before_seconds
    if len(reminders) > bounds.MOST_REMINDERS or len(policy.ladder) > bounds.MOST_RUNGS:
        return "The policy has too many reminders or rungs."
    if any(seconds <= 0 for seconds in reminders) or _rises(reminders):
        return "Reminders must come in descending order, each some seconds before the deadline."
    if not 0 <= policy.max_revisions <= bounds.MOST_REVISIONS:
        return f"Changes may be asked for {bounds.MOST_REVISIONS} times at most."
    spans = [
        policy.claim_seconds,
        policy.receipt_seconds,
        policy.revise_within_seconds - 1,
        *(rung.after_seconds for rung in policy.ladder),
    ]
    if not all(0 <= span <= bounds.LONGEST_SECONDS for span in spans):
        return "The policy's durations must be between 0 and 10 years."
    return None if policy.business is None else _flaw_of_hours(policy.business)


def _flaw_of_hours(hours: BusinessHours) -> str | None:
    if len(hours.turns) > bounds.MOST_TURNS or not all(minutes >= 0 for minutes in hours.turns):
        return f"Business hours are at most {bounds.MOST_TURNS} turns, none below 0 minutes."
    if sum(hours.turns) * 60 > bounds.LONGEST_SECONDS:
        return "Business hours must be written out for 10 years at most."
    return None


def _rises(numbers: tuple[int, ...]) -> bool:
    return any(second >= first for first, second in pairwise(numbers))
