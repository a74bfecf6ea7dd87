"""Judges the clock's commands.

Whatever was due by then has happened before any command is judged, so a trigger that came in time
finds its step taken. What is left is a step that is not due yet, or one that is void.
"""

from event_schemas.types import (
    Escalate,
    Expire,
    NextStep,
    Refusal,
    Release,
    Remind,
    RequestState,
    StepKind,
)
from kernel.request.model import Request
from kernel.request.steps import steps_ahead
from services.request_svc.judging.case import Case
from services.request_svc.judging.refusals import invalid, too_early

Trigger = Expire | Remind | Escalate | Release

_step_of: dict[type[Trigger], StepKind] = {
    Expire: StepKind.EXPIRE,
    Remind: StepKind.REMIND,
    Escalate: StepKind.ESCALATE,
    Release: StepKind.RELEASE,
}


def judge_trigger(case: Case, body: Trigger, request: Request) -> Refusal | None:
    """Refuses a step that is still to come; one that was taken or is void changes nothing.

    Reminders of one deadline share its generation: once one was sent, a trigger for it can't be
    told from an early one for the next, and passes.
    """
    if body.generation is None:
        return invalid("The clock must name a generation.", request.state)
    kind = _step_of[type(body)]
    for step in steps_ahead(request):
        due = step.at <= case.received_at
        if step.kind is kind and step.generation == body.generation and not due:
            return (
                None if _may_be_a_repeat(step, request.state) else too_early(step.at, request.state)
            )
    return None


def _may_be_a_repeat(step: NextStep, state: RequestState) -> bool:
    return step.kind is StepKind.REMIND and state.reminders_sent > 0
