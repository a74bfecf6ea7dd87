"""Runs parts of services inside a test, and ends them with it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from kernel.service import Part, Readiness
from tests.support.eventually import eventually


@asynccontextmanager
async def running(
    parts: Sequence[Part], readiness: Readiness | None = None
) -> AsyncGenerator[None]:
    """Runs the parts, ready before the test goes on; a part that fails fails the test."""
    tasks = [asyncio.create_task(part.run()) for part in parts]

    async def ready_or_failed() -> bool:
        for task in tasks:
            if task.done():
                task.result()
                raise AssertionError("a part ended by itself")
        return readiness is None or readiness.ready

    try:
        await eventually(ready_or_failed)
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
