"""Reads the timeline of a tenant piece by piece, so that all of it can be carried away."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.errors import Flaw, Invalid
from projections.history.queries import Happening, happening
from projections.json_text import plain

AT_A_TIME = 500
_mark = "~"
# None of the numbers can be larger than its column takes.
_place = re.compile(r"[0-9]{1,17}~[0-9]{1,9}~[0-9]{1,18}~[0-9]{1,4}", re.ASCII)
_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_columns = (
    "request_id, step, at, event, actor::text AS actor, by_policy, version, data::text AS data,"
    " command, command_id, correlation_id, partition, log_offset, entry_hash, request_previous"
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a line of an export stands: lines come in the order of their places."""

    at: datetime
    partition: int
    log_offset: int
    step: int

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """The place that a cursor names.

        Raises:
            Invalid: it is none.
        """
        if not _place.fullmatch(cursor):
            raise Invalid("the cursor is not ours", (Flaw("/cursor", "take it from a line"),))
        micros, partition, log_offset, step = map(int, cursor.split(_mark))
        return cls(_epoch + timedelta(microseconds=micros), partition, log_offset, step)

    def text(self) -> str:
        """The cursor of this place."""
        micros = (self.at - _epoch) // timedelta(microseconds=1)
        return _mark.join(map(str, (micros, self.partition, self.log_offset, self.step)))


@dataclass(frozen=True, slots=True)
class Line:
    """One event or refusal of an export: of which request, what, and where it stands."""

    request_id: str
    place: Place
    told: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is exported of a tenant: from a moment to before another, of one request or of all."""

    tenant: str
    since: datetime
    until: datetime
    request_id: str | None = None
    after: Place | None = None


async def lines_of(pool: Any, span: Span, limit: int) -> AsyncIterator[Line]:
    """The lines of a span, at most so many, in their order."""
    after, left = span.after, limit
    while left > 0:
        records = await _some(pool, span, after, min(left, AT_A_TIME))
        for record in records:
            place = Place(record["at"], record["partition"], record["log_offset"], record["step"])
            yield Line(record["request_id"], place, happening(record))
            after = place
        left -= len(records)
        if len(records) < AT_A_TIME:
            return


async def _some(pool: Any, span: Span, after: Place | None, limit: int) -> list[Any]:
    at = span.since if after is None else max(after.at, span.since)
    of_request = "$4::text IS NULL" if span.request_id is None else "request_id = $4::text"
    behind = after if after is not None and after.at >= span.since else None
    return await pool.fetch(
        f"SELECT {_columns} FROM history.event WHERE tenant = $1 AND at >= $2 AND at < $3"  # noqa: S608 # names from code
        f" AND {of_request}"
        " AND ($5::int IS NULL"
        " OR (at, partition, log_offset, step) > ($2, $5::int, $6::bigint, $7::smallint))"
        " ORDER BY at, partition, log_offset, step LIMIT $8",
        span.tenant,
        at,
        span.until,
        None if span.request_id is None else plain(span.request_id),
        None if behind is None else behind.partition,
        None if behind is None else behind.log_offset,
        None if behind is None else behind.step,
        limit,
    )
