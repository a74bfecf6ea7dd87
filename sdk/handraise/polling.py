"""For agents that no callback can reach: asks for the answers of all saved pauses, and resumes."""

import asyncio
import logging

from handraise.answers import with_ids
from handraise.errors import Busy
from handraise.flows import LONGEST_POLL_SECONDS
from handraise.pausing import ask_for
from handraise.resuming import Resumable, advance, record
from handraise.runtime import Runtime
from handraise.storage import Checkpoint

_log = logging.getLogger("handraise")

_Key = tuple[str, str]


async def poll_until_resumed(runtime: Runtime, agent: Resumable, at_once: int) -> None:
    """Poll for the answers of every open checkpoint of the agent until none is open.

    At most `at_once` polls are held open; with more checkpoints they take turns. A workflow
    whose leg fails is left out from then on, and all such failures are raised at the end, in an
    `ExceptionGroup`; its answer is safe, `Agent.recover` tries again.
    """
    turns = asyncio.Semaphore(at_once)
    polls: dict[_Key, asyncio.Task[None]] = {}
    failed: dict[_Key, Exception] = {}
    try:
        while True:
            checkpoints = await _open(runtime)
            seconds = _seconds_each(len(checkpoints), at_once)
            for checkpoint in checkpoints:
                key = checkpoint.workflow_id, checkpoint.checkpoint_id
                if key not in polls and key not in failed:
                    poll = _poll(runtime, agent, checkpoint, seconds, turns)
                    polls[key] = asyncio.create_task(poll)
            if not polls:
                break
            await asyncio.wait(polls.values(), return_when=asyncio.FIRST_COMPLETED)
            _collect(polls, failed)
    finally:
        for task in polls.values():
            task.cancel()
        await asyncio.gather(*polls.values(), return_exceptions=True)
    if failed:
        raise ExceptionGroup("Some workflows could not be resumed", list(failed.values()))


async def _open(runtime: Runtime) -> list[Checkpoint]:
    async with runtime.store.transaction() as tables:
        return list(await tables.checkpoints.of_agent(runtime.agent_id))


async def _poll(
    runtime: Runtime,
    agent: Resumable,
    checkpoint: Checkpoint,
    seconds: int,
    turns: asyncio.Semaphore,
) -> None:
    if checkpoint.request_id is None:
        await ask_for(runtime, checkpoint)
        return
    async with turns:
        request = await runtime.hand.poll(
            checkpoint.request_id, seconds=seconds, after_version=checkpoint.seen_version
        )
    if request is not None:
        await record(runtime, with_ids(request, checkpoint), None)
        await advance(runtime, agent, checkpoint.workflow_id)


def _seconds_each(open_count: int, at_once: int) -> int:
    """Shorter polls the more there are, so that each gets its turn within about a minute."""
    return max(1, LONGEST_POLL_SECONDS * min(at_once, max(1, open_count)) // max(1, open_count))


def _collect(polls: dict[_Key, asyncio.Task[None]], failed: dict[_Key, Exception]) -> None:
    for key, task in list(polls.items()):
        if not task.done():
            continue
        del polls[key]
        error = task.exception()
        if isinstance(error, Exception) and not isinstance(error, Busy):
            _log.warning("Workflow %s was not resumed", key[0], exc_info=error)
            failed[key] = error
