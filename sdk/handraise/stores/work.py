"""What is due and what was tried, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from handraise.statuses import Status
from handraise.stores.database import Connection, Row
from handraise.stores.values import instant, instant_or_none
from handraise.work import Tries


class SqlWork:
    """`handraise.work.Work` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def due(self, agent_id: str, now: datetime, limit: int) -> Sequence[str]:
        """Workflows with a leg to run that nobody is at and no retry waits for, in any order.

        In any order, so that processes that look at the same moment do not all want the same.
        """
        rows = await self._connection.fetch(
            """SELECT w.workflow_id FROM workflows w
               LEFT JOIN workflow_tries t ON t.workflow_id = w.workflow_id
               WHERE w.workflow_id IN (
                   SELECT r.workflow_id FROM workflows r
                   WHERE r.agent_id = $1 AND r.status = $4
                   UNION
                   SELECT a.workflow_id FROM workflow_answers a
                   JOIN workflow_checkpoints c
                     ON c.workflow_id = a.workflow_id AND c.checkpoint_id = a.checkpoint_id
                   WHERE c.agent_id = $1 AND a.finished_at IS NULL)
                 AND w.status <> $5
                 AND (w.claimed_until IS NULL OR w.claimed_until <= $2)
                 AND (t.next_try_at IS NULL OR t.next_try_at <= $2)
               ORDER BY random() LIMIT $3""",
            agent_id,
            now,
            limit,
            Status.RUNNING.value,
            Status.GIVEN_UP.value,
        )
        return [row["workflow_id"] for row in rows]

    async def tries(self, workflow_id: str) -> Tries | None:
        """How often its leg was tried, or None where nothing went wrong."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflow_tries WHERE workflow_id = $1", workflow_id
        )
        return _tries(rows[0]) if rows else None

    async def note(self, tries: Tries) -> None:
        """Write down how often a leg was tried, in the place of what was known."""
        await self._connection.fetch(
            """INSERT INTO workflow_tries
                 (workflow_id, agent_id, cause, tried, reason, status, since, next_try_at,
                  is_last, given_up_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (workflow_id) DO UPDATE SET
                 cause = excluded.cause, tried = excluded.tried, reason = excluded.reason,
                 status = excluded.status, since = excluded.since,
                 next_try_at = excluded.next_try_at, is_last = excluded.is_last,
                 given_up_at = excluded.given_up_at""",
            tries.workflow_id,
            tries.agent_id,
            tries.cause,
            tries.count,
            tries.reason,
            tries.status.value,
            tries.since,
            tries.next_try_at,
            tries.is_last,
            tries.given_up_at,
        )

    async def clear(self, workflow_id: str) -> None:
        """Forget the tries: the leg is done. A dead letter stays one."""
        await self._connection.fetch(
            "DELETE FROM workflow_tries WHERE workflow_id = $1 AND given_up_at IS NULL",
            workflow_id,
        )

    async def troubled(self, agent_id: str) -> Sequence[Tries]:
        """The tries of all legs that are not done yet, dead letters too, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflow_tries WHERE agent_id = $1 ORDER BY since, workflow_id",
            agent_id,
        )
        return [_tries(row) for row in rows]

    async def counts(self, agent_id: str) -> Mapping[Status, int]:
        """How many workflows stand where."""
        rows = await self._connection.fetch(
            "SELECT status, count(*) AS how_many FROM workflows WHERE agent_id = $1"
            " GROUP BY status",
            agent_id,
        )
        return {Status(row["status"]): row["how_many"] for row in rows}


def _tries(row: Row) -> Tries:
    return Tries(
        workflow_id=row["workflow_id"],
        agent_id=row["agent_id"],
        cause=row["cause"],
        count=row["tried"],
        reason=row["reason"],
        status=Status(row["status"]),
        since=instant(row["since"]),
        next_try_at=instant(row["next_try_at"]),
        is_last=bool(row["is_last"]),
        given_up_at=instant_or_none(row["given_up_at"]),
    )
