"""Pausing: the state is saved first, then the question is asked, and a crash between is healed."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from handraise.answers import without_answers
from handraise.errors import Refused
from handraise.events import event_id_for
from handraise.models import Json
from handraise.question import Asking, Question, body_of
from handraise.runtime import Runtime
from handraise.steps import Paused
from handraise.storage import Checkpoint, Status, Tables, Workflow


async def save_and_ask(
    runtime: Runtime,
    checkpoint_id: str,
    state: Json,
    question: Question,
    keep_for: timedelta | None,
) -> Paused:
    """Save the state, then open the request; both are no-ops where they were done before.

    Raises what `Handraise.request` raises. The checkpoint stays when the service was away
    (`Agent.recover` asks later), and goes when the service refused the question for good.
    """
    workflow_id = question.get("workflow_id", "")
    now = runtime.clock()
    wanted = Checkpoint(
        workflow_id=workflow_id,
        checkpoint_id=checkpoint_id,
        agent_id=runtime.agent_id,
        state=without_answers(state),
        question=body_of(question),
        created_at=now,
        expires_at=None if keep_for is None else now + keep_for,
    )
    async with runtime.store.transaction() as tables:
        saved, is_new = await _save(tables, wanted)
    try:
        await ask_for(runtime, saved)
    except Refused as refusal:
        if is_new and not refusal.retriable:
            await _discard(runtime, saved)
        raise
    return Paused(workflow_id, (checkpoint_id,))


def question_for(
    runtime: Runtime, workflow_id: str, checkpoint_id: str, asking: Asking
) -> Question:
    """The question of a pause: what the agent asks, tied to its checkpoint."""
    question = cast(Question, dict(asking))
    question["workflow_id"] = workflow_id
    question["checkpoint_id"] = checkpoint_id
    question.setdefault("agent_id", runtime.agent_id)
    question.setdefault("correlation_id", workflow_id)
    if runtime.callback_webhook is not None:
        question.setdefault("callback_webhook", runtime.callback_webhook)
    return question


async def ask_for(runtime: Runtime, checkpoint: Checkpoint) -> None:
    """Open the request of a checkpoint, unless it is known to be open.

    The idempotency key comes from the checkpoint's ids, so that the same request is opened
    however often this is tried, by whichever process.
    """
    if checkpoint.request_id is not None:
        return
    body = dict(checkpoint.question)
    if runtime.callback_secret is not None:
        body.setdefault("callback_secret", runtime.callback_secret)
    request = await runtime.hand.open(body, key_of(checkpoint))
    async with runtime.store.transaction() as tables:
        await tables.checkpoints.note_request(
            checkpoint.workflow_id, checkpoint.checkpoint_id, request.id, None
        )


def key_of(checkpoint: Checkpoint) -> str:
    """The idempotency key of a checkpoint's request."""
    return event_id_for(checkpoint.workflow_id, checkpoint.checkpoint_id)


async def _save(tables: Tables, wanted: Checkpoint) -> tuple[Checkpoint, bool]:
    ids = wanted.workflow_id, wanted.checkpoint_id
    if await tables.checkpoints.why_closed(*ids) is not None:
        raise ValueError(f"The pause {wanted.checkpoint_id} is over: give the next another id")
    await tables.workflows.add(
        Workflow(
            workflow_id=wanted.workflow_id,
            agent_id=wanted.agent_id,
            status=Status.PAUSED,
            step="paused",
            state=wanted.state,
            created_at=wanted.created_at,
            updated_at=wanted.created_at,
        )
    )
    history = await _history(tables, wanted.workflow_id)
    is_new = await tables.checkpoints.add(replace(wanted, event_history=history))
    return await tables.checkpoints.get(*ids) or wanted, is_new


async def _history(tables: Tables, workflow_id: str) -> list[Json]:
    return [
        {
            "event_id": logged.event.event_id,
            "event_type": logged.event.event_type,
            "timestamp": logged.event.timestamp.isoformat(),
        }
        for logged in await tables.events.of_workflow(workflow_id)
    ]


async def _discard(runtime: Runtime, checkpoint: Checkpoint) -> None:
    async with runtime.store.transaction() as tables:
        await tables.checkpoints.discard(checkpoint.workflow_id, checkpoint.checkpoint_id)
