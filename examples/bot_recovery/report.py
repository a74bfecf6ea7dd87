"""What the review logs tell: success by resolution, patterns of failure, and what was learnt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from examples.bot_recovery.failures import FailureType
from examples.bot_recovery.learning import Limit, Measured, limit_of
from examples.bot_recovery.settings import Settings
from examples.bot_recovery.tracking import ResolutionTrackingService

_MOST_LOGS = 200


@dataclass(frozen=True, slots=True)
class Success:
    """How one solution did against one type of failure, automatic ones apart."""

    failure_type: str
    solution: str
    tried: int
    held: int
    failed_again: int
    pending: int
    given_up: int

    @property
    def share(self) -> float | None:
        """The share that held of those whose outcome is known; None where none is."""
        known = self.held + self.failed_again
        return self.held / known if known else None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A failure that comes again and again: the type, where, how often, and how it was met."""

    failure_type: str
    phase: str
    action: str
    failures: int
    accounts: int
    asked: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Learnt:
    """How often a bot tries again by itself just now, and why."""

    failure_type: str
    measured: Measured
    limit: Limit


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of the review log."""

    failure_id: str
    at: datetime
    username: str
    phase: str
    failure_type: str
    who_name: str
    attempted_solution: str
    notes: str
    outcome: str
    outcome_at: datetime | None


class Report:
    """Reads it all from the tables; nothing is counted anywhere else."""

    def __init__(self, pool: Any, tracking: ResolutionTrackingService, settings: Settings) -> None:
        self._pool = pool
        self._tracking = tracking
        self.settings = settings

    async def successes(self) -> list[Success]:
        """Each solution against each type of failure."""
        rows = await self._pool.fetch(
            "SELECT failure_type, attempted_solution AS solution, count(*) AS tried,"
            " count(*) FILTER (WHERE outcome = 'held') AS held,"
            " count(*) FILTER (WHERE outcome = 'failed_again') AS failed_again,"
            " count(*) FILTER (WHERE outcome = 'pending') AS pending,"
            " count(*) FILTER (WHERE outcome = 'given_up') AS given_up"
            " FROM review_logs GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
        )
        return [Success(**dict(row)) for row in rows]

    async def patterns(self) -> list[Pattern]:
        """Which failures happen where, the most frequent first, in the window of the learning."""
        rows = await self._pool.fetch(
            "SELECT type AS failure_type, phase, action, count(*) AS failures,"
            " count(DISTINCT account_id) AS accounts,"
            " count(*) FILTER (WHERE state <> 'retried') AS asked, max(at) AS last_at"
            " FROM failures WHERE at > now() - make_interval(days => $1)"
            " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 7 DESC LIMIT 50",
            self.settings.learning.window_days,
        )
        return [Pattern(**dict(row)) for row in rows]

    async def learnt(self) -> list[Learnt]:
        """What holds for each type of failure."""
        learning = self.settings.learning
        found: list[Learnt] = []
        for kind in FailureType:
            measured = await self._tracking.measured_retries(kind, learning.window_days)
            retries = self.settings.failures[kind].automatic_retries
            limit = limit_of(kind, retries, measured, learning)
            found.append(Learnt(kind.spoken, measured, limit))
        return found

    async def logs(self, account_id: int | None = None) -> list[LogEntry]:
        """The review logs, the newest first; of one account, or all."""
        rows = await self._pool.fetch(
            "SELECT l.failure_id::text, l.at, a.username, l.phase, l.failure_type, l.who_name,"
            " l.attempted_solution, l.notes, l.outcome, l.outcome_at"
            " FROM review_logs l JOIN accounts a ON a.id = l.account_id"
            " WHERE $1::bigint IS NULL OR a.id = $1 ORDER BY l.id DESC LIMIT $2",
            account_id,
            _MOST_LOGS,
        )
        return [LogEntry(**dict(row)) for row in rows]
