"""An account's phases one after another, until it is through or a person is needed."""

import asyncio
from collections.abc import Sequence
from functools import partial

from examples.bot_recovery.bot import Bot, Session, Step
from examples.bot_recovery.detection import FailureDetectionService
from examples.bot_recovery.failures import Captured, FailureType, LastAction
from examples.bot_recovery.pipeline import Pipeline
from examples.bot_recovery.reviews import Failure, Reviews
from examples.bot_recovery.warmup import Phase, PhaseStatus


class Attempts:
    """Lets the bot try, and the detection take down what fails."""

    def __init__(
        self,
        bot: Bot,
        pipeline: Pipeline,
        detection: FailureDetectionService,
        reviews: Reviews,
        pause_seconds: float,
    ) -> None:
        self._bot = bot
        self._pipeline = pipeline
        self._detection = detection
        self._reviews = reviews
        self._pause_seconds = pause_seconds

    async def until_failure(self, account_id: int) -> Failure | None:
        """The failure that a person must look at; None when the account is through.

        Goes on wherever an earlier process stopped: at a failure that was taken down and not yet
        asked about, or in a phase that a crash cut off.
        """
        account = await self._pipeline.account(account_id)
        async with self._bot.session(account) as session:
            failure = await self._go_on(account_id, session)
        if failure is None:
            await self._pipeline.finish(account_id)
        return failure

    async def _go_on(self, account_id: int, session: Session) -> Failure | None:
        while (phase := await self._pipeline.next_phase(account_id)) is not None:
            failure = await self._reviews.open_of(account_id)
            if failure is not None:
                return failure
            captured = await self._try(session, phase)
            if captured is None:
                await self._pipeline.complete(phase)
                continue
            advice = await self._detection.flag(phase, captured)
            if advice.retry:
                await asyncio.sleep(self._pause_seconds)
        return None

    async def actions_before(self, failure: Failure) -> Sequence[LastAction]:
        """What was done for the account up to a failure."""
        return await self._pipeline.timeline(failure.account_id, failure.up_to_action)

    async def _try(self, session: Session, phase: Phase) -> Captured | None:
        if phase.status is PhaseStatus.RUNNING:
            words = f"The bot ended in the middle of {phase.name.replace('_', ' ')}"
            return Captured(type=FailureType.BOT_CRASHED, reason=words, action=phase.name)
        await self._pipeline.begin(phase)
        return await session.attempt(phase, partial(self._note, phase))

    async def _note(self, phase: Phase, step: Step, failed: Captured | None) -> None:
        await self._pipeline.note(
            phase.account_id,
            phase.name,
            "bot",
            step.action,
            target=step.target,
            ok=failed is None,
            detail=failed.reason if failed else "",
        )
