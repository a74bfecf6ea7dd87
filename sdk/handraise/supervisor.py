"""Runs many workflows of one agent over any number of processes.

::

    supervisor = Supervisor(agent)
    app = Receiver(supervisor, secrets=["whsec_…"])   # takes answers in, in any process
    await supervisor.submit({"order": "A-17"})        # from any process
    await supervisor.run()                            # in each process that shall do the work

The processes share one store and nothing else. Each takes a leg that is due by its lease, so that
one process runs it; when a process dies, its leases pass and the others go on from the last saved
step. A leg that raises is tried again, later and later; after `Retries.most` tries, or at once
for an error whose `retriable` is False, its workflow becomes a dead letter: `workflow.failed`
says why, its questions stay open, and `redrive` lets it go on where it stood.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from handraise.agent import Agent
from handraise.errors import Busy, HandraiseError
from handraise.events import Event, event_id_for
from handraise.leases import holding
from handraise.models import Json, Request
from handraise.recovery import tidy
from handraise.resuming import advance, hand_over_events
from handraise.statuses import Status
from handraise.topics import WORKFLOW_STARTED
from handraise.trying import GaveUp, Retries, Trying
from handraise.work import Tries

_log = logging.getLogger("handraise")

_TIDY_SECONDS = 60.0


class Supervisor:
    """One process's share of the workflows of an agent.

    `at_once` legs run at the same time here; `look_seconds` is how often the store is asked for
    work that came by another process.
    """

    def __init__(
        self,
        agent: Agent,
        *,
        retries: Retries | None = None,
        at_once: int = 16,
        look_seconds: float = 1.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._agent = agent
        self._runtime = agent.runtime
        self._trying = Trying(agent.runtime, agent, retries or Retries(), chance)
        self._at_once = at_once
        self._look_seconds = look_seconds
        self._wake = asyncio.Event()
        self._stopped = False

    @property
    def agent_id(self) -> str:
        """Whose workflows these are."""
        return self._agent.agent_id

    async def submit(self, state: Json | None = None, *, workflow_id: str | None = None) -> str:
        """Write a workflow down, for whichever process is free; its id. Once per id."""
        submitted = await self._agent.enqueue(state, workflow_id=workflow_id)
        self._wake.set()
        return submitted

    async def record(self, request: Request, *, webhook_id: str | None = None) -> bool:
        """Write an answer down; False for one that was dealt with. See `Agent.record`."""
        return await self._agent.record(request, webhook_id=webhook_id)

    async def advance(self, workflow_id: str) -> None:
        """See to it that a workflow goes on: soon, here or in another process."""
        _log.debug("Workflow %s has something to do", workflow_id)
        self._wake.set()

    async def run(self) -> None:
        """Run what is due, until `stop`; then wait for the legs that have begun."""
        legs: dict[str, asyncio.Task[None]] = {}
        tidying = asyncio.create_task(self._tidy_now_and_then())
        try:
            while not self._stopped:
                self._wake.clear()
                for workflow_id in await self._due(self._at_once - len(legs)):
                    if workflow_id not in legs:
                        legs[workflow_id] = asyncio.create_task(self._go_on(workflow_id))
                await self._until_something_happens(legs.values())
                legs = {name: leg for name, leg in legs.items() if not leg.done()}
        except asyncio.CancelledError:
            for leg in legs.values():
                leg.cancel()
            raise
        finally:
            tidying.cancel()
            await asyncio.gather(tidying, *legs.values(), return_exceptions=True)

    def stop(self) -> None:
        """Take nothing up any more; `run` returns when what has begun is done."""
        self._stopped = True
        self._wake.set()

    async def troubled(self) -> Sequence[Tries]:
        """The workflows whose legs are being tried again, and the dead letters, oldest first."""
        async with self._runtime.store.transaction() as tables:
            found = await tables.work.troubled(self.agent_id)
        return [one for one in found if one.reason or one.count > 1]

    async def dead_letters(self) -> Sequence[Tries]:
        """The workflows that were given up, with why, oldest first."""
        return [one for one in await self.troubled() if one.given_up_at is not None]

    async def counts(self) -> Mapping[Status, int]:
        """How many workflows stand where."""
        async with self._runtime.store.transaction() as tables:
            return await tables.work.counts(self.agent_id)

    async def redrive(self, workflow_id: str) -> None:
        """Let a dead letter go on where it stood, with all its tries before it.

        Raises HandraiseError for a workflow that is none.
        """
        runtime, now = self._runtime, self._runtime.clock()
        async with (
            holding(runtime, workflow_id, runtime.busy_seconds) as holder,
            runtime.store.transaction() as tables,
        ):
            known = await tables.work.tries(workflow_id)
            if known is None or known.given_up_at is None or known.agent_id != self.agent_id:
                raise HandraiseError(f"Workflow {workflow_id} is no dead letter")
            await tables.workflows.settle(workflow_id, holder, known.status, None, now)
            await tables.work.note(replace(known, given_up_at=None))
            await tables.work.clear(workflow_id)
            again = Event(
                event_id=event_id_for(workflow_id, "redriven", str(known.given_up_at)),
                event_type=WORKFLOW_STARTED,
                workflow_id=workflow_id,
                timestamp=now,
                data={"again_after": known.reason},
                agent_id=self.agent_id,
                correlation_id=workflow_id,
            )
            await tables.events.append(again, now)
        await hand_over_events(runtime, workflow_id)
        self._wake.set()

    async def _due(self, limit: int) -> Sequence[str]:
        if limit <= 0:
            return ()
        try:
            async with self._runtime.store.transaction() as tables:
                return await tables.work.due(self.agent_id, self._runtime.clock(), limit)
        except Exception:  # noqa: BLE001  any database's driver; it may be back at the next look
            _log.warning("The store could not be asked for work", exc_info=True)
            return ()

    async def _go_on(self, workflow_id: str) -> None:
        try:
            await advance(self._runtime, self._trying, workflow_id, busy_seconds=0)
            async with self._runtime.store.transaction() as tables:
                await tables.work.clear(workflow_id)
        except Busy:
            return  # another process was quicker, and may have failed: not before its time
        except GaveUp:
            _log.error("Workflow %s was given up: it is a dead letter now", workflow_id)
            await hand_over_events(self._runtime, workflow_id)
        except Exception as error:  # noqa: BLE001  an agent's leg, any of its errors
            _log.warning("A leg of workflow %s failed", workflow_id, exc_info=True)
            await self._trying.failed(workflow_id, error)

    async def _until_something_happens(self, legs: Iterable[asyncio.Task[None]]) -> None:
        woken = asyncio.create_task(self._wake.wait())
        await asyncio.wait(
            [woken, *legs], timeout=self._look_seconds, return_when=asyncio.FIRST_COMPLETED
        )
        woken.cancel()

    async def _tidy_now_and_then(self) -> None:
        while True:
            try:
                await tidy(self._runtime)
            except Exception:  # noqa: BLE001  the next time may do better
                _log.warning("The store could not be tidied", exc_info=True)
            await asyncio.sleep(_TIDY_SECONDS)
