"""Starts processes of an example and reads what they tell."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from examples.common.trouble import Trouble

_END_SECONDS = 10
_TOLD_LINES = 12


@asynccontextmanager
async def running(module: str, arguments: Sequence[str]) -> AsyncGenerator[Process]:
    """`python -m module arguments`, as a process; ended when it is no longer needed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield process
    finally:
        await _end(process)


async def told_by(process: Process, seconds: float) -> dict[str, Any]:
    """The next line of JSON that a process tells. Raises Trouble if it dies or is too slow."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(seconds):
            line = await process.stdout.readline()
    except TimeoutError:
        raise Trouble(f"The process said nothing for {seconds:.0f} s") from None
    if not line:
        raise Trouble(f"The process ended: {await _last_words(process)}")
    return json.loads(line)


async def _last_words(process: Process) -> str:
    assert process.stderr is not None
    said = (await process.stderr.read()).decode("utf-8", "replace").strip()
    await process.wait()
    return "\n".join(said.splitlines()[-_TOLD_LINES:]) or "without a word"


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
