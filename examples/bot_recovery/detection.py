"""FailureDetectionService: takes every failure of a bot down, and flags the account for review.

A failure, the phase that it stops, and what it says about earlier resolutions are one transaction.
"""

from typing import Any

from examples.bot_recovery.failures import Captured, FailureType
from examples.bot_recovery.learning import Advice, advise, limit_of
from examples.bot_recovery.pipeline import write_action
from examples.bot_recovery.settings import Settings
from examples.bot_recovery.tracking import ResolutionTrackingService
from examples.bot_recovery.warmup import Phase


class FailureDetectionService:
    """Decides with the measured success rates whether a person is asked, and writes it down."""

    def __init__(self, pool: Any, tracking: ResolutionTrackingService, settings: Settings) -> None:
        self._pool = pool
        self._tracking = tracking
        self._settings = settings

    async def flag(self, phase: Phase, captured: Captured) -> Advice:
        """Take a failure down; the phase is to be tried again, or `review_required`."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._tracking.failed_again(
                connection, phase.account_id, phase.name, captured.type
            )
            advice = await self._advice(connection, phase, captured.type)
            failure_id = await self._write(connection, phase, captured, advice)
            if advice.retry:
                await self._tracking.retried_by_itself(
                    connection, phase, failure_id, captured.type, advice.why
                )
            await self._stop(connection, phase, captured, advice)
        return advice

    async def _advice(self, connection: Any, phase: Phase, kind: FailureType) -> Advice:
        learning = self._settings.learning
        measured = await self._tracking.measured_retries(kind, learning.window_days, connection)
        retries = self._settings.failures[kind].automatic_retries
        limit = limit_of(kind, retries, measured, learning)
        return advise(limit, phase.automatic_retries)

    async def _write(
        self, connection: Any, phase: Phase, captured: Captured, advice: Advice
    ) -> str:
        failure_id = await connection.fetchval(
            "INSERT INTO failures (account_id, phase, type, reason, action, up_to_action,"
            " retry_count, url, page_text, screenshot, priority, why, state)"
            " VALUES ($1, $2, $3, $4, $5,"
            " (SELECT coalesce(max(id), 0) FROM actions WHERE account_id = $1),"
            " $6, $7, $8, $9, $10, $11, $12) RETURNING id",
            phase.account_id,
            phase.name,
            captured.type,
            captured.reason,
            captured.action,
            phase.retry_count,
            captured.url,
            captured.page_text,
            captured.screenshot,
            self._settings.failures[captured.type].priority,
            advice.why,
            "retried" if advice.retry else "open",
        )
        return str(failure_id)

    async def _stop(
        self, connection: Any, phase: Phase, captured: Captured, advice: Advice
    ) -> None:
        again = int(advice.retry)
        await connection.execute(
            "UPDATE warmup_phases SET status = $3, failure_type = $4, failure_reason = $5,"
            " failed_at = now(), retry_count = retry_count + $6,"
            " automatic_retries = automatic_retries + $6 WHERE account_id = $1 AND name = $2",
            phase.account_id,
            phase.name,
            "pending" if advice.retry else "review_required",
            captured.type,
            captured.reason,
            again,
        )
        if not advice.retry:
            await connection.execute(
                "UPDATE accounts SET status = 'review_required' WHERE id = $1", phase.account_id
            )
        await write_action(
            connection,
            phase.account_id,
            phase.name,
            "bot",
            "try_again" if advice.retry else "ask_a_person",
            target=captured.type,
            detail=advice.why,
        )
