"""Works off the jobs of the costly step: each is begun once, after a yes that still holds."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from handraise import Handraise, HandraiseError

from examples.reel_scripts import job_store, store
from examples.reel_scripts.lifecycle import Status, job_moved
from examples.reel_scripts.model import Job
from examples.reel_scripts.receipts import why_not
from examples.reel_scripts.shelf import Shelf
from examples.reel_scripts.video.port import (
    Failed,
    GeneratorAway,
    GeneratorRefused,
    Made,
    Order,
    VideoGenerator,
    Working,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the worker looks, in seconds; a lease is renewed three times before it passes."""

    idle: float = 1.0
    look: float = 1.0
    lease: float = 15.0
    away: float = 5.0


class LeaseLost(Exception):
    """Somebody else has the job by now."""


class Worker:
    """Makes one video after the other; start several for more at once, in as many processes."""

    def __init__(
        self, pool: Any, hand: Handraise, generator: VideoGenerator, shelf: Shelf, pace: Pace
    ) -> None:
        self._pool = pool
        self._hand = hand
        self._generator = generator
        self._shelf = shelf
        self._pace = pace
        self._holder = str(uuid4())

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                if not await self.work_once():
                    await asyncio.sleep(self._pace.idle)
            except Exception:  # noqa: BLE001  a worker that dies leaves all later videos unmade
                _log.exception("A video job was left for later")
                await asyncio.sleep(self._pace.away)

    async def work_once(self) -> bool:
        """Take the next job that is due as far as it goes; False where none is."""
        job = await job_store.claim(self._pool, self._holder, self._pace.lease)
        if job is None:
            return False
        try:
            async with self._leased(job):
                await self._make(job)
        except (GeneratorAway, HandraiseError) as away:
            _log.warning("%s waits: %s", job.key, away)
            await job_store.put_back(self._pool, job, self._holder, self._pace.away)
            await store.note(self._pool, job.reel_id, "The video waits. It is tried again soon.")
        except GeneratorRefused as refused:
            await self._end(job, Failed(str(refused)))
        except LeaseLost:
            _log.warning("%s was taken over by another process", job.key)
        return True

    async def _make(self, job: Job) -> None:
        if job.began_at is None and not await self._begin(job):
            return
        found = await store.whole(self._pool, job.reel_id)
        script = found.revisions[job.script_revision - 1].script
        order = Order(key=job.key, title=found.reel.title, script=script)
        if job.ticket is None:
            # A crash after the generator took it, and before this is written, starts it again by
            # the same key, which is the same video.
            ticket = await self._generator.start(order)
            self._hold(await job_store.ticketed(self._pool, job, self._holder, ticket))
            job = replace(job, ticket=ticket)
        await self._end(job, await self._outcome(order, ticket=job.ticket or ""))

    async def _outcome(self, order: Order, ticket: str) -> Made | Failed:
        while True:
            progress = await self._generator.look(order, ticket)
            if not isinstance(progress, Working):
                return progress
            await asyncio.sleep(self._pace.look)

    async def _begin(self, job: Job) -> bool:
        """Pass the one gate before money is spent; False where the yes does not hold."""
        found = await store.whole(self._pool, job.reel_id)
        round_ = found.approvals[job.round - 1]
        script = found.revisions[job.script_revision - 1].script
        why: str | None = "The script was written anew"
        if found.reel.stand.covers(job.script_revision):
            why = await why_not(self._hand, round_, script, job.name)
        async with self._pool.acquire() as db, db.transaction():
            reel = await store.locked(db, job.reel_id)
            if why is None and not reel.stand.covers(job.script_revision):
                why = "The script was written anew"
            if why is not None:
                _log.warning("%s is not made: %s", job.key, why)
                await job_store.withdrawn(db, job, self._holder, why)
                return False
            self._hold(await job_store.began(db, job, self._holder))
            await store.save(
                db, reel, job_moved(reel.stand, job.script_revision, Status.PROCESSING)
            )
        return True

    async def _end(self, job: Job, progress: Made | Failed) -> None:
        file = ""
        if isinstance(progress, Made):
            file = await asyncio.to_thread(self._shelf.put, job, progress)
        async with self._pool.acquire() as db, db.transaction():
            reel = await store.locked(db, job.reel_id)
            if isinstance(progress, Made):
                moved = await job_store.done(db, job, self._holder, file, progress.seconds)
                status, notice = Status.COMPLETED, None
            else:
                moved = await job_store.failed(db, job, self._holder, progress.reason)
                status, notice = Status.FAILED, progress.reason
            self._hold(moved)
            if reel.stand.covers(job.script_revision):
                stand = job_moved(reel.stand, job.script_revision, status)
                await store.save(db, reel, stand, notice)

    @asynccontextmanager
    async def _leased(self, job: Job) -> AsyncGenerator[None]:
        """Renews the lease while the block runs, and ends the block when it is lost."""
        work = asyncio.current_task()
        lost = asyncio.Event()

        async def keep() -> None:
            while True:
                await asyncio.sleep(self._pace.lease / 3)
                if not await job_store.renew(self._pool, job, self._holder, self._pace.lease):
                    lost.set()
                    if work is not None:
                        work.cancel()
                    return

        keeper = asyncio.create_task(keep())
        try:
            yield
        except asyncio.CancelledError:
            if lost.is_set() and work is not None and work.uncancel() == 0:
                raise LeaseLost from None
            raise
        finally:
            keeper.cancel()

    def _hold(self, moved: bool) -> None:
        if not moved:
            raise LeaseLost
