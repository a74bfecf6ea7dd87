"""The answers that came, in SQL; unique rows are what makes a repeat a repeat."""

from collections.abc import Sequence
from datetime import datetime

from handraise.storage import Answer
from handraise.stores.database import Connection, Row
from handraise.stores.values import instant, instant_or_none, object_from, to_json


class SqlAnswers:
    """`handraise.storage.Answers` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, answer: Answer) -> bool:
        """Write it down; False where it, or one by the same webhook id, is known already."""
        rows = await self._connection.fetch(
            """INSERT INTO workflow_answers
                 (workflow_id, checkpoint_id, answer_key, webhook_id, request, received_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT DO NOTHING RETURNING workflow_id""",
            answer.workflow_id,
            answer.checkpoint_id,
            answer.answer_key,
            answer.webhook_id,
            to_json(answer.request),
            answer.received_at,
        )
        return bool(rows)

    async def of_workflow(self, workflow_id: str) -> Sequence[Answer]:
        """All answers of a workflow, in the order in which they came."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflow_answers WHERE workflow_id = $1 ORDER BY id", workflow_id
        )
        return [_answer(row) for row in rows]

    async def unfinished(self, agent_id: str) -> Sequence[Answer]:
        """The answers for an agent's open checkpoints that no leg has dealt with yet."""
        rows = await self._connection.fetch(
            """SELECT a.* FROM workflow_answers a
               JOIN workflow_checkpoints c
                 ON c.workflow_id = a.workflow_id AND c.checkpoint_id = a.checkpoint_id
               WHERE c.agent_id = $1 AND a.finished_at IS NULL ORDER BY a.id""",
            agent_id,
        )
        return [_answer(row) for row in rows]

    async def finish(
        self, workflow_id: str, checkpoint_id: str, answer_key: str, at: datetime
    ) -> None:
        """Mark an answer as dealt with."""
        await self._connection.fetch(
            "UPDATE workflow_answers SET finished_at = $4"
            " WHERE workflow_id = $1 AND checkpoint_id = $2 AND answer_key = $3",
            workflow_id,
            checkpoint_id,
            answer_key,
            at,
        )


def _answer(row: Row) -> Answer:
    return Answer(
        workflow_id=row["workflow_id"],
        checkpoint_id=row["checkpoint_id"],
        answer_key=row["answer_key"],
        request=object_from(row["request"]),
        received_at=instant(row["received_at"]),
        webhook_id=row["webhook_id"],
        finished_at=instant_or_none(row["finished_at"]),
    )
