"""What people did with requests: one person's deeds page by page, and how much each decided.

Both are read from the index `event_by_person`, which holds none of what programs do by the
thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from kernel.errors import Flaw, Invalid

DEEDS = (
    "Received", "AnswerRecorded", "ChangesRequested", "Assigned", "Released", "Commented",
    "Reprioritised", "DeadlineMoved", "Escalated", "Cancelled",
)  # fmt: skip
DECIDING = ("Received", "AnswerRecorded", "ChangesRequested")
_kept = ", ".join(f"'{name}'" for name in DEEDS)
_decided = ", ".join(f"'{name}'" for name in DECIDING)
# Word for word the condition of the index.
_deeds = f"NOT by_policy AND body IS NOT NULL AND event IN ({_kept})"
_mark = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that a person did: the event by its name, and what it says."""

    request_id: str
    event: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deeds:
    """A page of them, newest first, and the cursor of the next page if there may be one."""

    items: Sequence[Deed]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Decided:
    """How often a person has decided since each of two moments."""

    lately: int
    before: int


async def deeds_of(
    pool: Any, tenant: str, person: str, *, limit: int, cursor: str = "", decisions: bool = False
) -> Deeds:
    """What a person did, behind the cursor's place; with `decisions` only how they decided.

    Raises:
        Invalid: the cursor is none of ours.
    """
    only = f" AND event IN ({_decided})" if decisions else ""
    values: list[Any] = [tenant, person, limit + 1]
    behind = ""
    if cursor:
        values += _place(cursor)
        behind = " AND (at, partition, log_offset, step) < ($4, $5, $6, $7)"
    records = await pool.fetch(
        "SELECT request_id, event, at, data::text AS data, partition, log_offset, step"  # noqa: S608 # names from code
        " FROM history.event WHERE tenant = $1 AND actor_id = $2"
        f" AND {_deeds}{only}{behind}"
        " ORDER BY at DESC, partition DESC, log_offset DESC, step DESC LIMIT $3",
        *values,
    )
    items = [
        Deed(request_id=r["request_id"], event=r["event"], at=r["at"], data=orjson.loads(r["data"]))
        for r in records[:limit]
    ]
    return Deeds(items, _cursor(records[limit - 1]) if len(records) > limit else "")


async def decided_by(
    pool: Any, tenant: str, people: Sequence[str], *, lately: datetime, since: datetime
) -> dict[str, Decided]:
    """How much each of these people has decided since two moments, the later one first."""
    records = await pool.fetch(
        "SELECT who, found.* FROM unnest($2::text[]) AS who CROSS JOIN LATERAL ("  # noqa: S608 # names from code
        " SELECT count(*) FILTER (WHERE at >= $3) AS lately, count(*) AS since"
        " FROM history.event WHERE tenant = $1 AND actor_id = who AND at >= $4"
        f" AND {_deeds} AND event IN ({_decided})) AS found",
        tenant,
        list(people),
        lately,
        since,
    )
    return {record["who"]: Decided(record["lately"], record["since"]) for record in records}


def _cursor(record: Mapping[str, Any]) -> str:
    place = (record["at"].isoformat(), record["partition"], record["log_offset"], record["step"])
    return _mark.join(map(str, place))


def _place(cursor: str) -> list[Any]:
    try:
        at, *numbers = cursor.split(_mark)
        partition, log_offset, step = (int(number) for number in numbers)
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise _not_ours() from None
    in_range = max(partition, step) < 2**15 and log_offset < 2**63
    if moment.tzinfo is None or min(partition, log_offset, step) < 0 or not in_range:
        raise _not_ours()
    return [moment, partition, log_offset, step]


def _not_ours() -> Invalid:
    return Invalid("the cursor is not ours", (Flaw("/cursor", "not ours"),))
