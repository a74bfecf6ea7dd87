"""The public state of a request: what every public event and every reply carries."""

from event_schemas.types import RequestStatus
from kernel.request.model import Request
from kernel.request.steps import next_step


def status_of(request: Request) -> RequestStatus:
    """The public state of a request as it stands; never its content."""
    state = request.state
    return RequestStatus(
        version=state.version,
        state=state.state,
        outcome=state.outcome,
        kind=request.policy.kind,
        principal_id=state.principal_id,
        workflow_id=state.workflow_id,
        checkpoint_id=state.checkpoint_id,
        agent_id=state.agent_id,
        metadata=state.metadata,
        revision=state.revision,
        content_hash=state.content_hash,
        priority=state.priority,
        assignee=state.assignee,
        deadline=state.deadline,
        escalation_level=state.escalation_level,
        reminders_sent=state.reminders_sent,
        next_step=next_step(request),
        callback=state.callback,
        callback_status=state.callback_status,
        created_at=state.created_at,
    )
