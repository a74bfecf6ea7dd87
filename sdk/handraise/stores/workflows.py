"""Where each workflow stands, in SQL; who is at work on it is decided by one conditional update."""

from collections.abc import Sequence
from datetime import datetime

from handraise.models import Json
from handraise.storage import Status, Workflow
from handraise.stores.database import Connection, Row
from handraise.stores.values import instant, instant_or_none, object_from, to_json


class SqlWorkflows:
    """`handraise.storage.Workflows` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, workflow: Workflow) -> bool:
        """Register it; False where it is known already."""
        rows = await self._connection.fetch(
            """INSERT INTO workflows
                 (workflow_id, agent_id, status, step, state_data, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (workflow_id) DO NOTHING RETURNING workflow_id""",
            workflow.workflow_id,
            workflow.agent_id,
            workflow.status.value,
            workflow.step,
            to_json(workflow.state),
            workflow.created_at,
            workflow.updated_at,
        )
        return bool(rows)

    async def get(self, workflow_id: str) -> Workflow | None:
        """The workflow, or None."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflows WHERE workflow_id = $1", workflow_id
        )
        return _workflow(rows[0]) if rows else None

    async def running(self, agent_id: str) -> Sequence[Workflow]:
        """The workflows of an agent that are in the middle of a leg, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM workflows WHERE agent_id = $1 AND status = $2"
            " ORDER BY created_at, workflow_id",
            agent_id,
            Status.RUNNING.value,
        )
        return [_workflow(row) for row in rows]

    async def claim(self, workflow_id: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or prolong the right to work on it; False while another holder has it."""
        rows = await self._connection.fetch(
            """UPDATE workflows SET claimed_by = $2, claimed_until = $4
               WHERE workflow_id = $1
                 AND (claimed_by IS NULL OR claimed_by = $2 OR claimed_until <= $3)
               RETURNING workflow_id""",
            workflow_id,
            holder,
            now,
            until,
        )
        return bool(rows)

    async def save_step(
        self, workflow_id: str, holder: str, step: str, state: Json, now: datetime
    ) -> bool:
        """Move the point from which an interrupted leg runs again; False if not the holder."""
        rows = await self._connection.fetch(
            """UPDATE workflows SET step = $3, state_data = $4, updated_at = $5
               WHERE workflow_id = $1 AND claimed_by = $2 RETURNING workflow_id""",
            workflow_id,
            holder,
            step,
            to_json(state),
            now,
        )
        return bool(rows)

    async def settle(
        self, workflow_id: str, holder: str, status: Status, failure: str | None, now: datetime
    ) -> bool:
        """End a leg: set the status and keep the claim; False if not the holder."""
        rows = await self._connection.fetch(
            """UPDATE workflows SET status = $3, failure = $4, updated_at = $5
               WHERE workflow_id = $1 AND claimed_by = $2 RETURNING workflow_id""",
            workflow_id,
            holder,
            status.value,
            failure,
            now,
        )
        return bool(rows)

    async def release(self, workflow_id: str, holder: str) -> None:
        """Give the claim back and leave all else as it is."""
        await self._connection.fetch(
            "UPDATE workflows SET claimed_by = NULL, claimed_until = NULL"
            " WHERE workflow_id = $1 AND claimed_by = $2",
            workflow_id,
            holder,
        )


def _workflow(row: Row) -> Workflow:
    return Workflow(
        workflow_id=row["workflow_id"],
        agent_id=row["agent_id"],
        status=Status(row["status"]),
        step=row["step"],
        state=object_from(row["state_data"]),
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        failure=row["failure"],
        claimed_by=row["claimed_by"],
        claimed_until=instant_or_none(row["claimed_until"]),
    )
