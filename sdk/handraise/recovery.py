"""What an agent does when it starts again: heal whatever a crash left half done."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handraise.errors import Busy
from handraise.pausing import ask_for
from handraise.resuming import Resumable, advance, hand_over_events
from handraise.runtime import Runtime

_log = logging.getLogger("handraise")

_AT_ONCE = 16

_REMEMBERED = timedelta(days=30)
"""How long the end of a checkpoint is remembered, so that a late repeat is known as one."""

_ANOTHERS = timedelta(seconds=10)


@dataclass(slots=True)
class Recovered:
    """What was healed.

    `expired`: how many checkpoints were cleaned up. `asked`: the checkpoints whose questions
    were asked at last. `advanced`: the workflows that went on. `failed`: what could not be
    healed now, by workflow.
    """

    expired: int = 0
    asked: list[str] = field(default_factory=list[str])
    advanced: list[str] = field(default_factory=list[str])
    failed: dict[str, Exception] = field(default_factory=dict[str, Exception])


async def heal(runtime: Runtime, agent: Resumable) -> Recovered:
    """Clean up, ask what was not asked, run the legs that are due, publish what was not.

    A workflow that is at work, here or in another process, is left alone; if that process died,
    this waits until its lease has passed. One workflow's trouble does not keep the others waiting.
    """
    turns = asyncio.Semaphore(_AT_ONCE)
    healed = await _cleaned(runtime, turns)
    due = [one for one in await _interrupted(runtime) if one not in runtime.legs]
    done = await asyncio.gather(
        *(_tried(healed, one, _go_on(runtime, agent, one), turns) for one in due)
    )
    healed.advanced += [one for one, went_on in zip(due, done, strict=True) if went_on]
    await _publish_behind(runtime, runtime.clock())
    return healed


async def tidy(runtime: Runtime) -> Recovered:
    """The same but for the legs, for processes that share their work out.

    Events that another process may be publishing just now are left to it.
    """
    healed = await _cleaned(runtime, asyncio.Semaphore(_AT_ONCE))
    await _publish_behind(runtime, runtime.clock() - _ANOTHERS)
    return healed


async def _cleaned(runtime: Runtime, turns: asyncio.Semaphore) -> Recovered:
    healed = Recovered(expired=await _clean_up(runtime))
    async with runtime.store.transaction() as tables:
        checkpoints = await tables.checkpoints.of_agent(runtime.agent_id)
    for checkpoint in checkpoints:
        if checkpoint.request_id is None:
            asking = ask_for(runtime, checkpoint)
            if await _tried(healed, checkpoint.workflow_id, asking, turns):
                healed.asked.append(checkpoint.checkpoint_id)
    return healed


async def _publish_behind(runtime: Runtime, before: datetime) -> None:
    async with runtime.store.transaction() as tables:
        behind = await tables.events.workflows_behind(runtime.agent_id, before)
    for workflow_id in behind:
        await hand_over_events(runtime, workflow_id)


async def _clean_up(runtime: Runtime) -> int:
    now = runtime.clock()
    async with runtime.store.transaction() as tables:
        await tables.checkpoints.forget_closed(now - _REMEMBERED)
        return await tables.checkpoints.close_expired(now)


async def _interrupted(runtime: Runtime) -> list[str]:
    async with runtime.store.transaction() as tables:
        running = await tables.workflows.running(runtime.agent_id)
        unfinished = await tables.answers.unfinished(runtime.agent_id)
    found = [workflow.workflow_id for workflow in running]
    found += [answer.workflow_id for answer in unfinished]
    return list(dict.fromkeys(found))


async def _go_on(runtime: Runtime, agent: Resumable, workflow_id: str) -> None:
    """Advance a workflow; a dead process's lease has passed before we stop waiting for it."""
    await advance(runtime, agent, workflow_id, busy_seconds=runtime.lease_seconds * 1.2)


async def _tried(
    healed: Recovered, workflow_id: str, doing: Awaitable[None], turns: asyncio.Semaphore
) -> bool:
    async with turns:
        try:
            await doing
        except Busy:
            return False
        except Exception as error:  # noqa: BLE001  the others shall not wait for it
            _log.warning("Workflow %s could not be healed now", workflow_id, exc_info=True)
            healed.failed[workflow_id] = error
            return False
    return True
