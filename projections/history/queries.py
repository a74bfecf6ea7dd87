"""Reads of the timeline for the front door, each within one tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson

from event_schemas.types import Actor, Entry, Recorded, RequestStatus
from kernel.request.entry import fold_entry
from kernel.request.model import Request
from kernel.request.status import status_of
from projections.json_text import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event or refusal of a request's story.

    `event` is the event's name, such as `Requested`, or `Refused`. `actor` is who sent the command;
    with `by_policy` the clock or a rule caused the event, and None means the same. `data` is what
    the event says. `entry_hash` is the log entry's, `request_previous` that of the entry before it
    of the same request: together they chain.
    """

    at: datetime
    event: str
    actor: Mapping[str, Any] | None
    by_policy: bool
    version: int
    data: Mapping[str, Any]
    command: str
    command_id: str
    correlation_id: str | None
    partition: int
    log_offset: int
    entry_hash: bytes
    request_previous: bytes | None


class HistoryQueries:
    """Reads over a pool."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def history_of(self, tenant: str, request_id: str) -> list[Happening] | None:
        """All that happened to a request, in order, or None if the tenant has none of this id."""
        records = await self._pool.fetch(
            "SELECT at, event, actor::text AS actor, by_policy, version, data::text AS data,"
            " command, command_id, correlation_id, partition, log_offset, entry_hash,"
            " request_previous, body IS NOT NULL AS happened FROM history.event"
            " WHERE request_id = $1 AND tenant = $2 ORDER BY log_offset, step",
            plain(request_id),
            tenant,
        )
        # Refusals alone are somebody's tries at a request that is not there, or not theirs.
        if not any(record["happened"] for record in records):
            return None
        return [happening(record) for record in records]

    async def status_as_of(
        self, tenant: str, request_id: str, moment: datetime
    ) -> RequestStatus | None:
        """The public state of a request as the log had it at a moment; None if it had none yet."""
        records = await self._pool.fetch(
            "SELECT request_id, tenant, log_offset, at, received_at, actor::text AS actor,"
            " by_policy, body, entry_hash, command, command_id, correlation_id FROM history.event"
            " WHERE request_id = $1 AND tenant = $2 AND at <= $3 AND body IS NOT NULL"
            " ORDER BY log_offset, step",
            plain(request_id),
            tenant,
            moment,
        )
        request = refolded(records)
        return None if request is None else status_of(request)

    async def open_as_of(self, tenant: str, moment: datetime) -> int:
        """How many requests waited for an answer at a moment, as the log had it."""
        return await self._pool.fetchval(
            "SELECT count(*) FILTER (WHERE event = 'Requested')"
            " - count(*) FILTER (WHERE event <> 'Requested') FROM history.event"
            " WHERE tenant = $1 AND at <= $2"
            " AND event IN ('Requested', 'Received', 'TimedOut', 'Cancelled')",
            tenant,
            moment,
        )


def happening(record: Mapping[str, Any]) -> Happening:
    """The happening that a row of the timeline holds."""
    names = (
        "at", "event", "by_policy", "version", "command", "command_id", "correlation_id",
        "partition", "log_offset", "entry_hash", "request_previous",
    )  # fmt: skip
    actor = record["actor"]
    return Happening(
        actor=None if actor is None else orjson.loads(actor),
        data=orjson.loads(record["data"]),
        **{name: record[name] for name in names},
    )


def refolded(records: Sequence[Mapping[str, Any]]) -> Request | None:
    """The request that rows of the timeline add up to, by the same fold as the writer's."""
    request: Request | None = None
    for _, rows in groupby(records, key=lambda record: record["log_offset"]):
        of_entry = list(rows)
        request = fold_entry(request, entry_of(of_entry), of_entry[0]["entry_hash"]).request
    return request


def entry_of(records: Sequence[Mapping[str, Any]]) -> Entry:
    """The entry whose events these rows are, as far as a fold needs it."""
    first = records[0]
    actor = first["actor"]
    return Entry(
        command_id=first["command_id"],
        command=first["command"],
        request_id=first["request_id"],
        tenant=first["tenant"],
        actor=None if actor is None else Actor.from_record(orjson.loads(actor)),
        received_at=first["received_at"],
        at=first["at"],
        events=tuple(Recorded(by_policy=r["by_policy"], body=r["body"]) for r in records),
        correlation_id=first["correlation_id"],
    )
