"""Counts the uses of standing rules, as the log has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a rule has decided, in shadow would have, and when it last did either."""

    decided: int = 0
    in_shadow: int = 0
    last_at: datetime | None = None


async def uses_of(pool: Any, tenant: str, rules: Sequence[str]) -> dict[str, Uses]:
    """The uses of a tenant's rules by id; one that was never used is left out.

    An entry of the log counts once, however often it is read.
    """
    records = await pool.fetch(
        "SELECT rule, count(*) FILTER (WHERE NOT shadow) AS decided,"
        " count(*) FILTER (WHERE shadow) AS in_shadow, max(at) AS last_at"
        " FROM history.event WHERE tenant = $1 AND rule = ANY($2) GROUP BY rule",
        tenant,
        list(rules),
    )
    return {
        record["rule"]: Uses(record["decided"], record["in_shadow"], record["last_at"])
        for record in records
    }
