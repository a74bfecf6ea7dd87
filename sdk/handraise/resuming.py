"""Resuming: an answer is written down, merged into the saved state, and the agent goes on.

An answer is safe as soon as `record` returns. `advance` then does whatever is due for its
workflow, one leg after another: it loads the checkpoint, merges the answer, runs the leg, and
writes down the leg's end, its events and the deletion of the checkpoint in one transaction. A
crash anywhere before that runs the leg again, with the same ids; a crash after it only repeats
the publishing. So a leg runs at least once, and its end is written exactly once.
"""

import logging
from dataclasses import dataclass
from typing import Any, Protocol

from handraise.answers import answer_from, merged
from handraise.errors import ExpiredCheckpoint, UnknownCheckpoint
from handraise.leases import holding
from handraise.legs import Leg
from handraise.models import Request
from handraise.runtime import Runtime
from handraise.settling import settle
from handraise.steps import Step
from handraise.storage import Answer, Closed, Status, Tables

_log = logging.getLogger("handraise")


class Resumable(Protocol):
    """What an agent does in its legs."""

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The first leg, from the state it was started with or last saved."""
        ...

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The leg after an answer."""
        ...


@dataclass(frozen=True, slots=True)
class _Due:
    """A leg to run: the first one (no answer), or the one after an answer."""

    root: str
    cause: str
    state: dict[str, Any]
    answer: Answer | None


async def record(runtime: Runtime, request: Request, webhook_id: str | None) -> bool:
    """Write an answer down; False for a repeat of one that was dealt with.

    Raises `UnknownCheckpoint` for an answer to a pause that this store never held (or to
    another request than the one asked), `ExpiredCheckpoint` for one that was cleaned up, and
    ValueError for a request that brings no answer.
    """
    answer = answer_from(request, runtime.clock(), webhook_id)
    ids = answer.workflow_id, answer.checkpoint_id
    async with runtime.store.transaction() as tables:
        checkpoint = await tables.checkpoints.get(*ids)
        if checkpoint is None:
            _refuse_unless_resumed(await tables.checkpoints.why_closed(*ids), answer)
            return False
        if checkpoint.agent_id != runtime.agent_id or checkpoint.request_id not in (
            None,
            request.id,
        ):
            raise UnknownCheckpoint(f"{answer.checkpoint_id} did not ask request {request.id}")
        if checkpoint.request_id is None:
            await tables.checkpoints.note_request(*ids, request.id, None)
        await tables.answers.add(answer)
    return True


async def advance(
    runtime: Runtime, agent: Resumable, workflow_id: str, busy_seconds: float | None = None
) -> None:
    """Run the legs of a workflow that are due, one by one, until none is.

    Raises `Busy` when another process keeps it longer than `busy_seconds` (the runtime's, if
    None), and whatever the agent raises: the leg is then still due.
    """
    patience = runtime.busy_seconds if busy_seconds is None else busy_seconds
    if await _next_due(runtime, workflow_id) is None:
        return
    async with holding(runtime, workflow_id, patience) as holder:
        while (due := await _next_due(runtime, workflow_id)) is not None:
            await _run_leg(runtime, agent, due, Leg(workflow_id, holder, due.root, due.cause))
            await hand_over_events(runtime, workflow_id)


async def hand_over_events(runtime: Runtime, workflow_id: str) -> bool:
    """Publish what a workflow wrote down; a bus that is away is tried again later."""
    try:
        await runtime.bus.publish_pending(workflow_id)
    except Exception:  # noqa: BLE001  any broker's driver, any of its errors
        _log.warning("Events of workflow %s wait for the bus", workflow_id, exc_info=True)
        return False
    return True


async def _run_leg(runtime: Runtime, agent: Resumable, due: _Due, leg: Leg) -> None:
    runtime.legs[leg.workflow_id] = leg
    act = agent.run
    if due.answer is not None:
        act = agent.resume_from_checkpoint
        runtime.hand.met(Request.model_validate(due.answer.request))
    try:
        step = await act(leg.workflow_id, due.state)
        await settle(runtime, leg, due.answer, step)
    finally:
        del runtime.legs[leg.workflow_id]


async def _next_due(runtime: Runtime, workflow_id: str) -> _Due | None:
    async with runtime.store.transaction() as tables:
        workflow = await tables.workflows.get(workflow_id)
        if workflow is None or workflow.agent_id != runtime.agent_id:
            return None
        if workflow.status is Status.GIVEN_UP:
            return None
        if workflow.status is Status.RUNNING:
            return _Due("run", f"run/{workflow.step}", dict(workflow.state), None)
        return await _next_answer(tables, workflow_id)


async def _next_answer(tables: Tables, workflow_id: str) -> _Due | None:
    answers = await tables.answers.of_workflow(workflow_id)
    earlier = [answer for answer in answers if answer.finished_at is not None]
    for answer in answers:
        if answer.finished_at is not None:
            continue
        checkpoint = await tables.checkpoints.get(workflow_id, answer.checkpoint_id)
        if checkpoint is not None:
            cause = f"{answer.checkpoint_id}/{answer.answer_key}"
            return _Due(cause, cause, merged(checkpoint.state, answer, earlier), answer)
    return None


def _refuse_unless_resumed(why: Closed | None, answer: Answer) -> None:
    match why:
        case Closed.RESUMED:
            return
        case Closed.EXPIRED:
            raise ExpiredCheckpoint(f"{answer.checkpoint_id} expired and was cleaned up")
        case None:
            raise UnknownCheckpoint(f"{answer.checkpoint_id} is no checkpoint of ours")
