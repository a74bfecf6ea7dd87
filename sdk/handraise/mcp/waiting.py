"""Waits for a person's answer, and tells the client now and then that it still does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mcp.server.mcpserver import Context

from handraise.client import Handraise
from handraise.errors import StillOpen
from handraise.mcp.shapes import Answer, answer_of, answer_so_far
from handraise.models import Request

PROGRESS_SECONDS = 10.0
SHOWN_SECONDS = 900.0
UNSHOWN_SECONDS = 50.0
"""Many clients give a call up after 60 seconds in which they hear nothing."""


async def never() -> None:
    """Waits for ever: the end of a server that tells nobody that it ends."""
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How waits are kept alive and ended.

    `ending` returns when the process is about to stop, so that waits end before it does.
    """

    progress_seconds: float = PROGRESS_SECONDS
    ending: Callable[[], Awaitable[None]] = never
    monotonic: Callable[[], float] = time.monotonic


async def wait_for_answer(
    hand: Handraise,
    request: Request,
    call: Context[Any, Any],
    patience: Patience,
    *,
    seconds: float | None = None,
    after_version: int | None = None,
    note: str | None = None,
) -> Answer:
    """What came of a request within so many seconds; `waiting` where nothing has.

    Cancelling this leaves the request open.
    """
    seconds = default_seconds(call) if seconds is None else seconds
    if seconds == 0:
        return answer_so_far(await hand.get(request.id), note)
    at_most = timedelta(seconds=seconds)
    waiting = asyncio.ensure_future(
        hand.wait(request.id, at_most=at_most, after_version=after_version)
    )
    ending = asyncio.ensure_future(patience.ending())
    began = patience.monotonic()
    try:
        while not (waiting.done() or ending.done()):
            passed = patience.monotonic() - began
            await call.report_progress(passed, seconds, _told(request))
            await asyncio.wait(
                (waiting, ending),
                timeout=patience.progress_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        if waiting.done():
            return answer_of(waiting.result(), note)
        return answer_so_far(request, note)
    except StillOpen:
        return answer_so_far(await hand.get(request.id), note)
    finally:
        waiting.cancel()
        ending.cancel()
        await asyncio.gather(waiting, ending, return_exceptions=True)


def default_seconds(call: Context[Any, Any]) -> float:
    """How long to wait where the caller does not say."""
    meta = call.request_context.meta or {}
    return UNSHOWN_SECONDS if meta.get("progress_token") is None else SHOWN_SECONDS


def _told(request: Request) -> str:
    where = f" at {request.url}" if request.url else ""
    return f"Waiting for a person{where} (task {request.id})"
