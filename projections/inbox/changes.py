"""Tells listeners what changed in the queue, and lets them read what they missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from projections.inbox.row import Change

CHANNEL = "handraise_inbox"
KEPT_FOR = timedelta(hours=24)
COLUMNS = ("partition", "log_offset", "request_id", "tenant", "version")


@dataclass(frozen=True, slots=True)
class Notice:
    """The text of a notification: a partition of the view has come up to this log offset."""

    partition: int
    log_offset: int

    @classmethod
    def read(cls, payload: str) -> "Notice":
        """The notice that a notification's payload holds."""
        partition, log_offset = payload.split(":")
        return cls(int(partition), int(log_offset))

    def text(self) -> str:
        """The payload, `<partition>:<log offset>`."""
        return f"{self.partition}:{self.log_offset}"


async def announce(connection: Any, changes: Sequence[Change]) -> None:
    """Writes the changes and notifies `CHANNEL` once per partition, all as the caller commits."""
    rows = [(c.partition, c.log_offset, c.request_id, c.tenant, c.version) for c in changes]
    await connection.copy_records_to_table("change", records=rows, columns=COLUMNS)
    latest = {c.partition: Notice(c.partition, c.log_offset) for c in changes}
    await connection.execute(
        "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload",
        CHANNEL,
        [notice.text() for notice in latest.values()],
    )


async def changes_after(
    connection: Any, offsets: Mapping[int, int], *, limit: int = 1000
) -> list[Change]:
    """Changes of all tenants behind the given log offset of each partition, in order per partition.

    A listener calls it when it is notified and when it comes back; it must filter by tenant itself.
    Changes older than `KEPT_FOR` may be gone.
    """
    rows = await connection.fetch(
        "SELECT c.partition, c.log_offset, c.request_id, c.tenant, c.version"
        " FROM unnest($1::int[], $2::bigint[]) AS seen(partition, log_offset)"
        " CROSS JOIN LATERAL (SELECT * FROM inbox.change WHERE partition = seen.partition"
        " AND log_offset > seen.log_offset ORDER BY log_offset LIMIT $3) AS c"
        " ORDER BY c.partition, c.log_offset",
        list(offsets.keys()),
        list(offsets.values()),
        limit,
    )
    return [Change(*row) for row in rows]


async def prune(connection: Any) -> None:
    """Deletes the changes that listeners can't ask for any more."""
    await connection.execute("DELETE FROM change WHERE written_at < now() - $1::interval", KEPT_FOR)
