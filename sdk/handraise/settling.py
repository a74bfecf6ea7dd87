"""The end of a leg, written down in one transaction: answer, checkpoints, events and status."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from handraise.errors import Busy, HandraiseError
from handraise.events import Event, event_id_for
from handraise.legs import Leg
from handraise.runtime import Runtime
from handraise.steps import Failed, Finished, NextEvent, Paused, Step
from handraise.storage import Answer, Closed, Status, Tables
from handraise.topics import WORKFLOW_COMPLETED, WORKFLOW_FAILED

_log = logging.getLogger("handraise")


async def settle(runtime: Runtime, leg: Leg, answer: Answer | None, step: Step) -> None:
    """Write down how a leg ended; all of it, or nothing.

    Raises RuntimeError when the agent says that it waits and nothing is awaited, and `Busy` when
    the leg took so long to answer for itself that another process has taken it over.
    """
    if not isinstance(step, Paused):
        await _withdraw_others(runtime, leg, answer)
    now = runtime.clock()
    async with runtime.store.transaction() as tables:
        await _take_in(tables, leg, answer, now)
        match step:
            case Paused():
                await _require_open(tables, leg.workflow_id)
                status, failure = Status.PAUSED, None
            case Finished(events=events, result=result):
                ends = (*events, NextEvent(WORKFLOW_COMPLETED, result))
                await _end(runtime, tables, leg, ends)
                status, failure = Status.COMPLETED, None
            case Failed(reason=reason, events=events):
                ends = (*events, NextEvent(WORKFLOW_FAILED, {"reason": reason}))
                await _end(runtime, tables, leg, ends)
                status, failure = Status.FAILED, reason
            case _:
                assert_never(step)
        if not await tables.workflows.settle(leg.workflow_id, leg.holder, status, failure, now):
            raise Busy(f"Another process has taken over workflow {leg.workflow_id}")


async def _take_in(tables: Tables, leg: Leg, answer: Answer | None, now: datetime) -> None:
    for checkpoint_id, kept in leg.kept.items():
        await tables.checkpoints.replace_state(leg.workflow_id, checkpoint_id, kept.state)
        if answer is not None and answer.request.get("id"):
            await tables.checkpoints.note_request(
                leg.workflow_id, checkpoint_id, answer.request["id"], kept.seen_version
            )
    if answer is None:
        return
    ids = answer.workflow_id, answer.checkpoint_id
    await tables.answers.finish(*ids, answer.answer_key, now)
    if answer.checkpoint_id not in leg.kept:
        await tables.checkpoints.close(*ids, Closed.RESUMED, now)


async def _require_open(tables: Tables, workflow_id: str) -> None:
    if not await tables.checkpoints.of_workflow(workflow_id):
        raise RuntimeError(f"Workflow {workflow_id} paused, but no question of it is open")


async def _end(runtime: Runtime, tables: Tables, leg: Leg, ends: Sequence[NextEvent]) -> None:
    now = runtime.clock()
    for place, end in enumerate(ends):
        event = Event(
            event_id=event_id_for(leg.workflow_id, leg.cause, str(place), end.event_type),
            event_type=end.event_type,
            workflow_id=leg.workflow_id,
            timestamp=now,
            data=end.data,
            agent_id=runtime.agent_id,
            correlation_id=leg.workflow_id,
        )
        await tables.events.append(event, now)
    for checkpoint in await tables.checkpoints.of_workflow(leg.workflow_id):
        await tables.checkpoints.close(
            leg.workflow_id, checkpoint.checkpoint_id, Closed.RESUMED, now
        )


async def _withdraw_others(runtime: Runtime, leg: Leg, answer: Answer | None) -> None:
    """Cancel the questions that are still open: nobody should answer what is settled."""
    async with runtime.store.transaction() as tables:
        checkpoints = await tables.checkpoints.of_workflow(leg.workflow_id)
    answered = None if answer is None else answer.checkpoint_id
    for checkpoint in checkpoints:
        if checkpoint.request_id is None or checkpoint.checkpoint_id == answered:
            continue
        try:
            await runtime.hand.cancel(checkpoint.request_id, "The workflow has ended")
        except HandraiseError as error:
            _log.warning("Request %s was not cancelled: %s", checkpoint.request_id, error)
