"""The orders of a list, each total, so that a page can begin where the last one ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from projections.inbox.columns import RANK
from projections.inbox.filters import Where
from projections.inbox.shown import RequestLine


class Sort(StrEnum):
    """How a list is sorted; a minus turns the order round. Priority: the most urgent first."""

    OLDEST = "created_at"
    NEWEST = "-created_at"
    DUE_FIRST = "timeout_at"
    DUE_LAST = "-timeout_at"
    PRIORITY = "priority"
    LEAST_URGENT = "-priority"


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: its SQL, how a placeholder becomes its type, and a line's value as JSON."""

    expression: str
    typed: Callable[[str], str]
    value: Callable[[RequestLine], Any]
    parse: Callable[[Any], Any] = lambda value: value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


_created = Key("r.created_at", lambda v: f"{v}::timestamptz", lambda line: line.created_at, _moment)
_due = Key(
    "coalesce(r.timeout_at, 'infinity'::timestamptz)",
    lambda v: f"coalesce({v}::timestamptz, 'infinity'::timestamptz)",
    lambda line: line.timeout_at,
    _moment,
)
_rank = Key("r.rank", lambda v: f"{v}::smallint", lambda line: RANK[line.priority])
_id = Key("r.request_id", lambda v: f"{v}::text", lambda line: line.id)

_keys: dict[str, Sequence[Key]] = {
    "created_at": (_created, _id),
    "timeout_at": (_due, _id),
    "priority": (_rank, _created, _id),
}


def keys_of(sort: Sort) -> Sequence[Key]:
    """The keys of an order; the last one is unique."""
    return _keys[sort.removeprefix("-")]


def order_by(sort: Sort) -> str:
    """The ORDER BY clause, without the words."""
    direction = "DESC" if sort.startswith("-") else "ASC"
    return ", ".join(f"{key.expression} {direction}" for key in keys_of(sort))


def labelled(sort: Sort) -> str:
    """The sort keys as columns of a subquery, under names of their own."""
    keys = enumerate(keys_of(sort))
    return ", ".join(f"{key.expression} AS sort_{number}" for number, key in keys)


def order_by_labels(sort: Sort) -> str:
    """The ORDER BY clause over such a subquery `r`: the same order, so that nothing is sorted."""
    direction = "DESC" if sort.startswith("-") else "ASC"
    return ", ".join(f"r.sort_{number} {direction}" for number, _ in enumerate(keys_of(sort)))


def place(sort: Sort, last: RequestLine) -> list[Any]:
    """Where a line stands in the order, as JSON."""
    return [key.value(last) for key in keys_of(sort)]


def after(condition: Where, sort: Sort, values: Sequence[Any]) -> None:
    """Narrows a condition to what comes behind a place in the order."""
    keys = keys_of(sort)
    given = [
        key.typed(condition.value(key.parse(value)))
        for key, value in zip(keys, values, strict=True)
    ]
    sign = "<" if sort.startswith("-") else ">"
    names = ", ".join(key.expression for key in keys)
    condition.scope.append(f"({names}) {sign} ({', '.join(given)})")
