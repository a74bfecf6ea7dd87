"""The saved pauses, in SQL."""

from collections.abc import Sequence
from datetime import datetime

from handraise.models import Json
from handraise.storage import Checkpoint, Closed
from handraise.stores.database import Connection, Row
from handraise.stores.values import from_json, instant, instant_or_none, object_from, to_json


class SqlCheckpoints:
    """`handraise.storage.Checkpoints` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, checkpoint: Checkpoint) -> bool:
        """Save it; False where there is one by these ids already."""
        rows = await self._connection.fetch(
            """INSERT INTO workflow_checkpoints
                 (workflow_id, checkpoint_id, agent_id, state_data, event_history, question,
                  request_id, seen_version, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (workflow_id, checkpoint_id) DO NOTHING RETURNING workflow_id""",
            checkpoint.workflow_id,
            checkpoint.checkpoint_id,
            checkpoint.agent_id,
            to_json(checkpoint.state),
            to_json(list(checkpoint.event_history)),
            to_json(checkpoint.question),
            checkpoint.request_id,
            checkpoint.seen_version,
            checkpoint.created_at,
            checkpoint.expires_at,
        )
        return bool(rows)

    async def get(self, workflow_id: str, checkpoint_id: str) -> Checkpoint | None:
        """The checkpoint, or None."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflow_checkpoints WHERE workflow_id = $1 AND checkpoint_id = $2",
            workflow_id,
            checkpoint_id,
        )
        return _checkpoint(rows[0]) if rows else None

    async def of_workflow(self, workflow_id: str) -> Sequence[Checkpoint]:
        """The open checkpoints of a workflow, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflow_checkpoints WHERE workflow_id = $1"
            " ORDER BY created_at, checkpoint_id",
            workflow_id,
        )
        return [_checkpoint(row) for row in rows]

    async def of_agent(self, agent_id: str) -> Sequence[Checkpoint]:
        """The open checkpoints of an agent, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflow_checkpoints WHERE agent_id = $1"
            " ORDER BY created_at, workflow_id, checkpoint_id",
            agent_id,
        )
        return [_checkpoint(row) for row in rows]

    async def note_request(
        self, workflow_id: str, checkpoint_id: str, request_id: str, seen_version: int | None
    ) -> None:
        """Write down which request was opened for it, or up to which version it was seen."""
        await self._connection.fetch(
            "UPDATE workflow_checkpoints"
            " SET request_id = $3, seen_version = coalesce($4, seen_version)"
            " WHERE workflow_id = $1 AND checkpoint_id = $2",
            workflow_id,
            checkpoint_id,
            request_id,
            seen_version,
        )

    async def replace_state(self, workflow_id: str, checkpoint_id: str, state: Json) -> None:
        """Save another state in the place of the first."""
        await self._connection.fetch(
            "UPDATE workflow_checkpoints SET state_data = $3"
            " WHERE workflow_id = $1 AND checkpoint_id = $2",
            workflow_id,
            checkpoint_id,
            to_json(state),
        )

    async def replace_question(self, workflow_id: str, checkpoint_id: str, question: Json) -> None:
        """Save another question in the place of the first."""
        await self._connection.fetch(
            "UPDATE workflow_checkpoints SET question = $3"
            " WHERE workflow_id = $1 AND checkpoint_id = $2",
            workflow_id,
            checkpoint_id,
            to_json(question),
        )

    async def discard(self, workflow_id: str, checkpoint_id: str) -> None:
        """Delete it as if it had never been."""
        await self._connection.fetch(
            "DELETE FROM workflow_checkpoints WHERE workflow_id = $1 AND checkpoint_id = $2",
            workflow_id,
            checkpoint_id,
        )

    async def close(self, workflow_id: str, checkpoint_id: str, why: Closed, at: datetime) -> None:
        """Delete it and remember why; no effect where there is none."""
        gone = await self._connection.fetch(
            "DELETE FROM workflow_checkpoints WHERE workflow_id = $1 AND checkpoint_id = $2"
            " RETURNING workflow_id, checkpoint_id",
            workflow_id,
            checkpoint_id,
        )
        await self._bury(gone, why, at)

    async def why_closed(self, workflow_id: str, checkpoint_id: str) -> Closed | None:
        """Why it is no more, or None where it still is or never was."""
        rows = await self._connection.fetch(
            "SELECT why FROM closed_checkpoints WHERE workflow_id = $1 AND checkpoint_id = $2",
            workflow_id,
            checkpoint_id,
        )
        return Closed(rows[0]["why"]) if rows else None

    async def close_expired(self, now: datetime) -> int:
        """Delete all that have expired without an answer; how many there were."""
        gone = await self._connection.fetch(
            """DELETE FROM workflow_checkpoints WHERE expires_at <= $1 AND NOT EXISTS (
                 SELECT 1 FROM workflow_answers a
                 WHERE a.workflow_id = workflow_checkpoints.workflow_id
                   AND a.checkpoint_id = workflow_checkpoints.checkpoint_id
                   AND a.finished_at IS NULL)
               RETURNING workflow_id, checkpoint_id""",
            now,
        )
        await self._bury(gone, Closed.EXPIRED, now)
        return len(gone)

    async def forget_closed(self, before: datetime) -> int:
        """Forget what was closed before an instant, with its answers; how many there were."""
        await self._connection.fetch(
            """DELETE FROM workflow_answers WHERE EXISTS (
                 SELECT 1 FROM closed_checkpoints c
                 WHERE c.workflow_id = workflow_answers.workflow_id
                   AND c.checkpoint_id = workflow_answers.checkpoint_id
                   AND c.closed_at < $1)""",
            before,
        )
        gone = await self._connection.fetch(
            "DELETE FROM closed_checkpoints WHERE closed_at < $1 RETURNING workflow_id", before
        )
        return len(gone)

    async def _bury(self, gone: Sequence[Row], why: Closed, at: datetime) -> None:
        for row in gone:
            await self._connection.fetch(
                "INSERT INTO closed_checkpoints (workflow_id, checkpoint_id, why, closed_at)"
                " VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (workflow_id, checkpoint_id) DO NOTHING",
                row["workflow_id"],
                row["checkpoint_id"],
                why.value,
                at,
            )


def _checkpoint(row: Row) -> Checkpoint:
    return Checkpoint(
        workflow_id=row["workflow_id"],
        checkpoint_id=row["checkpoint_id"],
        agent_id=row["agent_id"],
        state=object_from(row["state_data"]),
        question=object_from(row["question"]),
        created_at=instant(row["created_at"]),
        event_history=from_json(row["event_history"]) or (),
        expires_at=instant_or_none(row["expires_at"]),
        request_id=row["request_id"],
        seen_version=row["seen_version"],
    )
