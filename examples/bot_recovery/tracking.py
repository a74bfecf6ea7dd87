"""ResolutionTrackingService: who tried what against which failure, and whether it held."""

from dataclasses import dataclass
from typing import Any

from examples.bot_recovery.failures import FailureType
from examples.bot_recovery.learning import Measured
from examples.bot_recovery.pipeline import write_action
from examples.bot_recovery.reviews import Failure
from examples.bot_recovery.warmup import BLIND_RETRIES, Effect, Phase, Solution

_BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What somebody decided about a failure; `text` is another text to post, if any."""

    solution: Solution
    who: str
    who_name: str
    notes: str = ""
    text: str | None = None


class ResolutionTrackingService:
    """Keeps the review logs; what is decided and what it changes are one transaction."""

    def __init__(self, pool: Any, effective_days: int) -> None:
        self._pool = pool
        self._effective_days = effective_days

    async def resolve(self, failure: Failure, resolution: Resolution) -> bool:
        """Log a resolution and set the account on its way; False where it was resolved before."""
        async with self._pool.acquire() as connection, connection.transaction():
            is_first = await connection.fetchval(
                "UPDATE failures SET state = 'resolved', resolved_at = now()"
                " WHERE id = $1 AND state = 'open' RETURNING true",
                failure.id,
            )
            if not is_first:
                return False
            await self._log(
                connection,
                failure.account_id,
                failure.phase,
                failure_id=failure.id,
                kind=failure.type,
                resolution=resolution,
            )
            await _set_on_its_way(connection, failure, resolution)
            await write_action(
                connection,
                failure.account_id,
                failure.phase,
                resolution.who_name,
                resolution.solution,
                detail=resolution.notes,
            )
        return True

    async def retried_by_itself(
        self, connection: Any, phase: Phase, failure_id: str, kind: FailureType, why: str
    ) -> None:
        """Log an automatic retry, within the transaction that takes the failure down."""
        resolution = Resolution(
            solution=Solution.AUTOMATIC_RETRY, who=_BOT, who_name="the bot", notes=why
        )
        await self._log(
            connection,
            phase.account_id,
            phase.name,
            failure_id=failure_id,
            kind=kind,
            resolution=resolution,
        )

    async def failed_again(
        self, connection: Any, account_id: int, phase: str, kind: FailureType
    ) -> None:
        """The account failed: in the same phase or way, what was tried lately was no use."""
        await connection.execute(
            "UPDATE review_logs SET outcome = 'failed_again', outcome_at = now()"
            " WHERE account_id = $1 AND outcome IN ('pending', 'held')"
            " AND at > now() - make_interval(days => $2) AND (phase = $3 OR failure_type = $4)",
            account_id,
            self._effective_days,
            phase,
            kind,
        )

    async def measured_retries(
        self, kind: FailureType, window_days: int, connection: Any = None
    ) -> Measured:
        """What became of the retries of a type of failure with nothing mended before.

        With a connection, as its transaction sees it.
        """
        row = await (connection or self._pool).fetchrow(
            "SELECT count(*) AS tried, count(*) FILTER (WHERE outcome = 'held') AS held"
            " FROM review_logs WHERE failure_type = $1 AND attempted_solution = ANY($2)"
            " AND outcome IN ('held', 'failed_again')"
            " AND at > now() - make_interval(days => $3)",
            kind,
            [str(one) for one in BLIND_RETRIES],
            window_days,
        )
        return Measured(row["tried"], row["held"])

    async def _log(
        self,
        connection: Any,
        account_id: int,
        phase: str,
        *,
        failure_id: str,
        kind: str,
        resolution: Resolution,
    ) -> None:
        given_up = resolution.solution is Solution.CANNOT_FIX
        await connection.execute(
            "INSERT INTO review_logs (failure_id, account_id, phase, failure_type, who, who_name,"
            " attempted_solution, notes, outcome, outcome_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10 THEN now() END)",
            failure_id,
            account_id,
            phase,
            kind,
            resolution.who,
            resolution.who_name,
            resolution.solution,
            resolution.notes,
            Effect.GIVEN_UP if given_up else Effect.PENDING,
            given_up,
        )


async def _set_on_its_way(connection: Any, failure: Failure, resolution: Resolution) -> None:
    here = (failure.account_id, failure.phase)
    status = "active"
    match resolution.solution:
        case Solution.SKIP_PHASE:
            await connection.execute(
                "UPDATE warmup_phases SET status = 'skipped', completed_at = now()"
                " WHERE account_id = $1 AND name = $2",
                *here,
            )
        case Solution.RESET_ACCOUNT:
            await connection.execute(
                "UPDATE warmup_phases SET status = 'pending', retry_count = 0,"
                " automatic_retries = 0, failure_type = NULL, failure_reason = NULL,"
                " failed_at = NULL, started_at = NULL, completed_at = NULL WHERE account_id = $1",
                failure.account_id,
            )
        case Solution.CANNOT_FIX:
            status = "retired"
        case _:
            await connection.execute(
                "UPDATE warmup_phases SET status = 'pending', retry_count = retry_count + 1,"
                " automatic_retries = 0, content = content || $3"
                " WHERE account_id = $1 AND name = $2",
                *here,
                {} if resolution.text is None else {"text": resolution.text},
            )
    await connection.execute(
        "UPDATE accounts SET status = $2 WHERE id = $1", failure.account_id, status
    )
