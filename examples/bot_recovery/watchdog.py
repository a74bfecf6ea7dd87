"""The watchdog: looks again and again for accounts that nobody moves, and moves them."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from handraise import HandraiseError
from handraise.storage import Status

from examples.bot_recovery.agent import WarmUpAgent
from examples.bot_recovery.pipeline import Pipeline
from examples.bot_recovery.reviews import Failure, Reviews
from examples.bot_recovery.warmup import Account, AccountStatus

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Swept:
    """What was found stuck and set going again, by username."""

    started: list[str] = field(default_factory=list[str])
    asked: int = 0
    advanced: int = 0
    answers_fetched: list[str] = field(default_factory=list[str])


class Watchdog:
    """Mends what has stopped, each time it looks.

    * a phase that was cut off by a crash, and an answer that nobody acted on: run again;
    * a question that was saved and never asked: asked;
    * an answer whose callback never came: fetched;
    * an account on its way for which no workflow is at work: started.

    What failed for want of the service or the database is left for the next look.
    """

    def __init__(
        self, agent: WarmUpAgent, pipeline: Pipeline, reviews: Reviews, callback_seconds: float
    ) -> None:
        """`callback_seconds` is how long after an answer its callback may still come."""
        self._agent = agent
        self._pipeline = pipeline
        self._reviews = reviews
        self._patience = timedelta(seconds=callback_seconds)

    async def run(self, every_seconds: float) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001  it must outlive whatever it meets
                _log.exception("The watchdog stumbled and goes on")

    async def sweep(self) -> Swept:
        """Look once."""
        swept = Swept()
        for failure in await self._reviews.open():
            if await self._fetch_answer(failure):
                swept.answers_fetched.append(failure.username)
        recovered = await self._agent.recover()
        swept.asked, swept.advanced = len(recovered.asked), len(recovered.advanced)
        for account in await self._pipeline.accounts(
            AccountStatus.ACTIVE, AccountStatus.REVIEW_REQUIRED
        ):
            if await self._start(account):
                swept.started.append(account.username)
        return swept

    async def _fetch_answer(self, failure: Failure) -> bool:
        if failure.request_id is None:
            return False
        try:
            request = await self._agent.hand.get(failure.request_id)
            closed_at = request.updated_at or datetime.now(UTC)
            if not request.is_closed or datetime.now(UTC) - closed_at < self._patience:
                return False
            await self._agent.accept(request)
        except HandraiseError as error:
            _log.warning("The answer about %s waits: %s", failure.username, error)
            return False
        await self._note(failure.account_id, failure.phase, "fetch_answer")
        return True

    async def _start(self, account: Account) -> bool:
        """Start the workflow of an account that has none at work; False where one is."""
        workflow = await self._agent.workflow(workflow_id_of(account))
        if workflow is not None and workflow.status in (Status.RUNNING, Status.PAUSED):
            return False
        if workflow is not None:
            # It may have ended while we looked.
            account = await self._pipeline.account(account.id)
            if account.status in (AccountStatus.COMPLETED, AccountStatus.RETIRED):
                return False
            account = await self._pipeline.next_run(account)
        await self._note(account.id, "", "start")
        await start(self._agent, account)
        return True

    async def _note(self, account_id: int, phase: str, action: str) -> None:
        await self._pipeline.note(account_id, phase, "watchdog", action)


async def start(agent: WarmUpAgent, account: Account) -> None:
    """Start an account's workflow; it runs to its end or to its first question."""
    await agent.start({"account_id": account.id}, workflow_id=workflow_id_of(account))


def workflow_id_of(account: Account) -> str:
    """The name of the workflow that is at work on an account."""
    return f"warm-up-{account.username}-{account.run}"
