"""What lists show of requests beside their lines, and which of some requests a list has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from projections.inbox.filters import Filters, where
from projections.inbox.shown import JsonObject
from projections.json_text import plain


@dataclass(frozen=True, slots=True)
class Glance:
    """A line of the payload, and the decisions offered (name, label, means, needs_comment)."""

    excerpt: str
    decisions: Sequence[JsonObject]
    has_form: bool


async def glances(pool: Any, tenant: str, request_ids: Sequence[str]) -> dict[str, Glance]:
    """What there is to see of the tenant's requests of these ids, by id."""
    records = await pool.fetch(
        "SELECT request_id, excerpt, decisions, form IS NOT NULL AS has_form FROM inbox.question"
        " WHERE request_id = ANY($1) AND tenant = $2",
        [plain(one) for one in request_ids],
        tenant,
    )
    return {
        record["request_id"]: Glance(
            record["excerpt"], orjson.loads(record["decisions"]), record["has_form"]
        )
        for record in records
    }


async def listed_of(
    pool: Any, tenant: str, filters: Filters, request_ids: Sequence[str]
) -> frozenset[str]:
    """Those of these ids that the filters leave.

    Raises:
        Invalid: the text can't be searched for.
    """
    condition = where(tenant, filters)
    ids = condition.value(list(request_ids))
    records = await pool.fetch(
        "SELECT r.request_id FROM inbox.request AS r"  # noqa: S608 # arguments are numbered
        f" WHERE r.request_id = ANY({ids}) AND {condition.text()}",
        *condition.values,
    )
    return frozenset(record["request_id"] for record in records)
