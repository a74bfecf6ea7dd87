"""The requests that a stream of changes tells of, as lines of a list, within one tenant."""

from collections.abc import Sequence
from typing import Any

from projections.inbox.shown import LINE_COLUMNS, RequestLine, line


async def lines_of(
    connection: Any, tenant: str, request_ids: Sequence[str]
) -> dict[str, RequestLine]:
    """The tenant's requests of these ids as they stand now, by id."""
    records = await connection.fetch(
        f"SELECT {LINE_COLUMNS} FROM inbox.request AS r"  # noqa: S608 # names from code
        " WHERE r.request_id = ANY($1) AND r.tenant = $2",
        list(request_ids),
        tenant,
    )
    return {record["request_id"]: line(record) for record in records}
