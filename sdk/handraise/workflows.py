"""What each workflow is doing: running, paused, completed or failed, at which step, on what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handraise.storage import Checkpoint, Status, Store, Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """A question that a workflow waits for. `request_id` is None until it is surely asked."""

    checkpoint_id: str
    request_id: str | None
    title: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowState:
    """Where a workflow stands. `failure` says why it failed, where it did."""

    workflow_id: str
    agent_id: str
    status: Status
    step: str
    failure: str | None
    open_requests: tuple[OpenRequest, ...]
    created_at: datetime
    updated_at: datetime


async def state_of(store: Store, workflow_id: str) -> WorkflowState | None:
    """Where a workflow stands, or None for one that was never started."""
    async with store.transaction() as tables:
        workflow = await tables.workflows.get(workflow_id)
        if workflow is None:
            return None
        return _state(workflow, await tables.checkpoints.of_workflow(workflow_id))


def _state(workflow: Workflow, checkpoints: Sequence[Checkpoint]) -> WorkflowState:
    return WorkflowState(
        workflow_id=workflow.workflow_id,
        agent_id=workflow.agent_id,
        status=workflow.status,
        step=workflow.step,
        failure=workflow.failure,
        open_requests=tuple(
            OpenRequest(
                checkpoint_id=checkpoint.checkpoint_id,
                request_id=checkpoint.request_id,
                title=str(checkpoint.question.get("title", "")),
                since=checkpoint.created_at,
            )
            for checkpoint in checkpoints
        ),
        created_at=workflow.created_at,
        updated_at=workflow.updated_at,
    )
