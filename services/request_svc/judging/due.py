"""Applies what the clock made due before a command is looked at."""

from datetime import datetime
from typing import assert_never

from event_schemas.types import (
    DeadlineAction,
    DecisionOption,
    Escalated,
    LadderStep,
    Means,
    NextStep,
    Policy,
    Released,
    Reminded,
    Response,
    State,
    StepKind,
    TimedOut,
)
from kernel.request.business import counted_after
from kernel.request.model import Request, is_open
from kernel.request.steps import climbs_at_deadline, next_step, rung_ahead
from services.request_svc.judging.case import Case
from services.request_svc.judging.filling import leaves_empty

MOST_STEPS = 16

_answers = {
    DeadlineAction.APPROVE: Means.APPROVE,
    DeadlineAction.REJECT: Means.REJECT,
    DeadlineAction.ANSWER: Means.ANSWER,
}


def apply_due(case: Case) -> None:
    """Takes every step due at the command's `received_at`, in order, at most 16 of them."""
    for _ in range(MOST_STEPS):
        request = case.request
        step = None if request is None else next_step(request)
        if request is None or step is None or step.at > case.received_at:
            return
        _take(case, request, step)


def is_overdue(request: Request, moment: datetime) -> bool:
    """Whether the deadline has passed and the request is open still: more was due than fits."""
    deadline = request.state.deadline
    return is_open(request.state) and deadline is not None and deadline <= moment


def _take(case: Case, request: Request, step: NextStep) -> None:
    match step.kind:
        case StepKind.RELEASE:
            assignee = request.state.assignee
            holder = None if assignee is None else assignee.person
            ended = Released(from_person=holder, reason="The claim ran out.")
            case.happens(ended, by_policy=True)
        case StepKind.REMIND:
            case.happens(_reminded(request, step), by_policy=True)
        case StepKind.ESCALATE:
            case.happens(climbed(request, step.at), by_policy=True)
        case StepKind.EXPIRE:
            _expire(case, request, step.at)
        case _:
            assert_never(step.kind)


def _reminded(request: Request, step: NextStep) -> Reminded:
    state = request.state
    return Reminded(
        number=state.reminders_sent + 1, due_at=step.at, deadline=state.deadline or step.at
    )


def climbed(
    request: Request, due_at: datetime | None, reason: str | None = None, *, moves: bool = False
) -> Escalated:
    """The event of climbing the next rung; `moves` if the deadline climbs it and so moves.

    `due_at` is None if a person climbs. Only to be asked for where a rung is ahead.
    """
    rung = rung_ahead(request)
    assert rung is not None, "nobody climbs beyond the top"
    return Escalated(
        level=request.state.escalation_level + 1,
        name=rung.name,
        candidates=rung.candidates,
        channels=rung.channels,
        on_call=rung.on_call,
        reason=reason,
        due_at=due_at,
        deadline=_deadline_after(request, rung) if moves else request.state.deadline,
    )


def _deadline_after(request: Request, rung: LadderStep) -> datetime | None:
    deadline, hours = request.state.deadline, request.policy.business
    return None if deadline is None else counted_after(hours, deadline, rung.after_seconds)


def _expire(case: Case, request: Request, deadline: datetime) -> None:
    if climbs_at_deadline(request):
        case.happens(climbed(request, deadline, moves=True), by_policy=True)
        return
    action = request.policy.deadline.action
    # An approval by default must not cover a question that a reviewer sent back.
    if request.state.state is State.REVISING or action is DeadlineAction.ESCALATE:
        action = DeadlineAction.FAIL
    option, data = default_option(request.policy), request.policy.deadline.data
    # Nor must one by default lack what the asker is promised: data that fits the form.
    if option is not None and leaves_empty(request.state.needs_data, option.means, data):
        action = DeadlineAction.FAIL
    response = _default_response(request, action, deadline)
    timed_out = TimedOut(action=action, deadline=deadline, response=response)
    case.ends(timed_out, calls_back=request.state.callback is not None, by_policy=True)


def default_option(policy: Policy) -> DecisionOption | None:
    """The decision that the policy takes at the deadline: the one it names, else the first such."""
    means = _answers.get(policy.deadline.action)
    named = policy.deadline.decision
    for option in policy.decisions:
        if means is not None and (option.name == named if named else option.means is means):
            return option
    return None


def _default_response(
    request: Request, action: DeadlineAction, deadline: datetime
) -> Response | None:
    option = default_option(request.policy)
    if option is None or action is DeadlineAction.FAIL:
        return None
    return Response(
        decision=option.name,
        means=option.means,
        comment=request.policy.deadline.comment,
        data=request.policy.deadline.data,
        revision=request.state.revision,
        content_hash=request.state.content_hash,
        responded_at=deadline,
        default=True,
    )
