"""One leg of a workflow runs at a time, in one process: a lease in the store sees to that.

It is renewed while the leg runs, and passes on when the process that had it died.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from handraise.errors import Busy
from handraise.runtime import Runtime

_log = logging.getLogger("handraise")

_RETRY_SECONDS = 0.1


@asynccontextmanager
async def holding(runtime: Runtime, workflow_id: str, busy_seconds: float) -> AsyncGenerator[str]:
    """Be the only one at work on a workflow; yields the holder's name.

    Raises `Busy` when another process keeps it longer than `busy_seconds`.
    """
    async with runtime.lock_of(workflow_id):
        holder = str(uuid.uuid4())
        await _claim(runtime, workflow_id, holder, busy_seconds)
        renewing = asyncio.create_task(_renew(runtime, workflow_id, holder))
        try:
            yield holder
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            await asyncio.shield(_release(runtime, workflow_id, holder))


async def _claim(runtime: Runtime, workflow_id: str, holder: str, busy_seconds: float) -> None:
    tries = max(1, round(busy_seconds / _RETRY_SECONDS))
    for _ in range(tries):
        if await _take(runtime, workflow_id, holder):
            return
        await asyncio.sleep(_RETRY_SECONDS)
    busy = Busy(f"Another process is at work on workflow {workflow_id}")
    busy.retry_after_seconds = runtime.lease_seconds
    raise busy


async def _take(runtime: Runtime, workflow_id: str, holder: str) -> bool:
    now = runtime.clock()
    until = now + timedelta(seconds=runtime.lease_seconds)
    async with runtime.store.transaction() as tables:
        return await tables.workflows.claim(workflow_id, holder, now=now, until=until)


async def _renew(runtime: Runtime, workflow_id: str, holder: str) -> None:
    while True:
        await asyncio.sleep(runtime.lease_seconds / 3)
        try:
            await _take(runtime, workflow_id, holder)
        except Exception:  # noqa: BLE001  the next third of the lease may do better
            _log.warning("The lease of workflow %s was not renewed", workflow_id, exc_info=True)


async def _release(runtime: Runtime, workflow_id: str, holder: str) -> None:
    async with runtime.store.transaction() as tables:
        await tables.workflows.release(workflow_id, holder)
