"""Every event that an agent published, in SQL."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from handraise.events import Event
from handraise.storage import LoggedEvent
from handraise.stores.database import Connection, Row
from handraise.stores.values import instant, instant_or_none, object_from, to_json


class SqlEventLog:
    """`handraise.storage.EventLog` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def append(self, event: Event, at: datetime) -> bool:
        """Write it down as not yet published; False where its id is known already.

        Raises ValueError for an event id that is no UUID.
        """
        rows = await self._connection.fetch(
            """INSERT INTO event_log
                 (event_id, topic, event_type, payload, workflow_id, agent_id, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (event_id) DO NOTHING RETURNING event_id""",
            str(uuid.UUID(event.event_id)),
            event.event_type,
            event.event_type,
            to_json(event.to_json()),
            event.workflow_id,
            event.agent_id,
            at,
        )
        return bool(rows)

    async def mark_published(self, event_id: str, at: datetime) -> None:
        """Note that the bus has taken it."""
        await self._connection.fetch(
            "UPDATE event_log SET published_at = $2 WHERE event_id = $1", event_id, at
        )

    async def unpublished(self, workflow_id: str) -> Sequence[LoggedEvent]:
        """The events of a workflow that the bus may not have yet, oldest first."""
        rows = await self._connection.fetch(
            "SELECT * FROM event_log WHERE published_at IS NULL AND workflow_id = $1 ORDER BY id",
            workflow_id,
        )
        return [_logged(row) for row in rows]

    async def workflows_behind(self, agent_id: str, before: datetime) -> Sequence[str]:
        """The workflows that have events, written before an instant, which the bus may lack."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT workflow_id FROM event_log"
            " WHERE published_at IS NULL AND agent_id = $1 AND created_at <= $2",
            agent_id,
            before,
        )
        return [row["workflow_id"] for row in rows]

    async def of_workflow(self, workflow_id: str) -> Sequence[LoggedEvent]:
        """All events of a workflow, in the order in which they were written."""
        rows = await self._connection.fetch(
            "SELECT * FROM event_log WHERE workflow_id = $1 ORDER BY id", workflow_id
        )
        return [_logged(row) for row in rows]

    async def on_topic(self, topic: str, after_id: int, limit: int) -> Sequence[LoggedEvent]:
        """Events of a topic after a place in the log, for replay."""
        rows = await self._connection.fetch(
            "SELECT * FROM event_log WHERE topic = $1 AND id > $2 ORDER BY id LIMIT $3",
            topic,
            after_id,
            limit,
        )
        return [_logged(row) for row in rows]


def _logged(row: Row) -> LoggedEvent:
    return LoggedEvent(
        id=row["id"],
        topic=row["topic"],
        event=Event.from_json(object_from(row["payload"])),
        created_at=instant(row["created_at"]),
        published_at=instant_or_none(row["published_at"]),
    )
