"""Counts how often a leg is tried, and gives it up before one try too many.

A try is written down before the leg begins, with the time before which nobody tries again. So a
leg that kills its process is counted like one that raises, and what goes wrong after it is
written down in peace: no other process looks at it before then.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from handraise.errors import Busy
from handraise.events import Event, event_id_for
from handraise.legs import Leg
from handraise.resuming import Resumable
from handraise.runtime import Runtime
from handraise.statuses import Status
from handraise.steps import Step
from handraise.storage import Tables
from handraise.topics import WORKFLOW_FAILED
from handraise.work import Tries

_UNTOLD: Final = "its process ended in the middle of it"

_Act = Callable[[str, dict[str, Any]], Awaitable[Step]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a leg is tried before it is given up, and how long to wait between; in seconds.

    The waits double from `first_seconds` up to `longest_seconds`.
    """

    most: int = 5
    first_seconds: float = 1.0
    longest_seconds: float = 300.0

    def pause_seconds(self, tries: int, chance: float) -> float:
        """How long to wait after so many tries; `chance` in [0, 1) keeps a crowd apart."""
        ceiling = min(self.longest_seconds, self.first_seconds * 2 ** min(tries - 1, 30))
        return ceiling * (0.5 + chance / 2)


class GaveUp(Exception):
    """The leg had its tries; the workflow is a dead letter now."""


class Trying:
    """An agent whose legs are counted; to be run by `advance` in the place of the agent."""

    def __init__(
        self, runtime: Runtime, agent: Resumable, retries: Retries, chance: Callable[[], float]
    ) -> None:
        self._runtime = runtime
        self._agent = agent
        self._retries = retries
        self._chance = chance

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The first leg. Raises `GaveUp` when it has had its tries, `Busy` before the next."""
        return await self._try(self._agent.run, workflow_id, state)

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The leg after an answer. Raises `GaveUp` when it has had its tries."""
        return await self._try(self._agent.resume_from_checkpoint, workflow_id, state)

    async def failed(self, workflow_id: str, error: Exception) -> None:
        """Write down why a try failed, and when the next one may begin.

        An error whose `retriable` is False has used up all tries.
        """
        now = self._runtime.clock()
        async with self._runtime.store.transaction() as tables:
            known = await tables.work.tries(workflow_id)
            if known is None or known.given_up_at is not None:
                return
            is_last = not getattr(error, "retriable", True) or known.count >= self._retries.most
            at = now if is_last else max(now, known.next_try_at)
            if not is_last and (asked := getattr(error, "retry_after_seconds", None)):
                at = max(at, now + timedelta(seconds=asked))
            reason = f"{type(error).__name__}: {error}".replace("\0", "\N{REPLACEMENT CHARACTER}")
            await tables.work.note(replace(known, is_last=is_last, reason=reason, next_try_at=at))

    async def _try(self, act: _Act, workflow_id: str, state: dict[str, Any]) -> Step:
        leg = self._runtime.legs[workflow_id]
        if not await self._begin(leg):
            raise GaveUp(workflow_id)
        return await act(workflow_id, state)

    async def _begin(self, leg: Leg) -> bool:
        now = self._runtime.clock()
        async with self._runtime.store.transaction() as tables:
            known = await tables.work.tries(leg.workflow_id)
            if known is None or known.cause != leg.cause:
                workflow = await tables.workflows.get(leg.workflow_id)
                known = Tries(
                    workflow_id=leg.workflow_id,
                    agent_id=self._runtime.agent_id,
                    cause=leg.cause,
                    count=0,
                    reason="",
                    status=Status.RUNNING if workflow is None else workflow.status,
                    since=now,
                    next_try_at=now,
                )
            if known.next_try_at > now:
                raise Busy(f"Workflow {leg.workflow_id} was just tried by another process")
            if known.is_last or known.count >= self._retries.most:
                await self._give_up(tables, leg, known, now)
                return False
            pause = self._retries.pause_seconds(known.count + 1, self._chance())
            next_try_at = now + timedelta(seconds=pause)
            await tables.work.note(
                replace(known, count=known.count + 1, reason="", next_try_at=next_try_at)
            )
            return True

    async def _give_up(self, tables: Tables, leg: Leg, known: Tries, now: datetime) -> None:
        reason = known.reason or _UNTOLD
        told = {"reason": reason, "tries": known.count, "dead_letter": True}
        await tables.workflows.settle(leg.workflow_id, leg.holder, Status.GIVEN_UP, reason, now)
        await tables.work.note(replace(known, reason=reason, given_up_at=now))
        await tables.events.append(
            Event(
                event_id=event_id_for(leg.workflow_id, leg.cause, "given up", str(known.since)),
                event_type=WORKFLOW_FAILED,
                workflow_id=leg.workflow_id,
                timestamp=now,
                data=told,
                agent_id=self._runtime.agent_id,
                correlation_id=leg.workflow_id,
            ),
            now,
        )
