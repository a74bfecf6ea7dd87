"""What a list of requests is narrowed by, and the SQL for it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from event_schemas.types import Priority, State
from kernel.errors import Flaw, Invalid
from projections.inbox.columns import RANK
from projections.json_text import parsed, plain, to_json

OPEN = frozenset({State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS, State.REVISING})
MIN_WORD = 3
MAX_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which requests of a tenant are meant; what is empty or None narrows nothing.

    Several values of one field are alternatives; different fields must all hold. `open_only` means
    those that still wait for an answer or a revision. `facets` are pairs of name and value as text,
    which stands for a string, a number or a boolean alike. Each word of `text` must occur.
    """

    open_only: bool = False
    states: tuple[State, ...] = ()
    kinds: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    assigned_person: str | None = None
    assigned_team: str | None = None
    unassigned: bool = False
    requester_id: str | None = None
    workflow_id: str | None = None
    agent_id: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    facets: tuple[tuple[str, str], ...] = ()
    text: str = ""

    def digest(self) -> bytes:
        """The same bytes for the same filters; moments are left out: ages move by themselves."""
        timeless = replace(self, created_before=None, created_after=None)
        return orjson.dumps(asdict(timeless), option=orjson.OPT_SORT_KEYS)

    @property
    def countable(self) -> bool:
        """Whether the tally alone tells how many requests these filters leave."""
        return self == Filters(
            open_only=self.open_only,
            states=self.states,
            kinds=self.kinds,
            priorities=self.priorities,
        )


@dataclass(frozen=True, slots=True)
class Where:
    """A condition in SQL and its arguments, numbered from $1."""

    clauses: list[str] = field(default_factory=list[str])
    values: list[Any] = field(default_factory=list[Any])

    def value(self, value: Any) -> str:
        """Adds an argument; gives its placeholder."""
        self.values.append(storable(value))
        return f"${len(self.values)}"

    def text(self) -> str:
        """The whole condition."""
        return " AND ".join(self.clauses)


def storable(value: Any) -> Any:
    """The value with texts that Postgres could hold, so that others only match nothing."""
    if isinstance(value, list):
        return [storable(item) for item in value]
    return plain(value) if isinstance(value, str) else value


def where(tenant: str, filters: Filters) -> Where:
    """The condition on `inbox.request AS r` for a tenant's requests that the filters leave.

    Raises:
        Invalid: a word of the text is shorter than three characters, or there are too many.
    """
    found = Where()
    found.clauses.append(f"r.tenant = {found.value(tenant)}")
    if filters.open_only or (filters.states and OPEN.issuperset(filters.states)):
        found.clauses.append("r.open")
    _one_of(found, "state", filters.states)
    _one_of(found, "kind", filters.kinds)
    _one_of(found, "principal_id", filters.principals)
    _one_of(found, "rank", tuple(RANK[priority] for priority in filters.priorities))
    for column in ("assigned_person", "assigned_team", "requester_id", "workflow_id", "agent_id"):
        value: str | None = getattr(filters, column)
        _one_of(found, column, () if value is None else (value,))
    if filters.unassigned:
        found.clauses.append("r.assigned_person IS NULL AND r.assigned_team IS NULL")
    for sign, moment in (("<", filters.created_before), (">", filters.created_after)):
        if moment is not None:
            found.clauses.append(f"r.created_at {sign} {found.value(moment)}")
    for name, value in filters.facets:
        _facet(found, name, value)
    if filters.text:
        _words(found, filters.text)
    return found


def _one_of(found: Where, column: str, values: Sequence[str | int]) -> None:
    if len(values) == 1:
        found.clauses.append(f"r.{column} = {found.value(values[0])}")
    elif values:
        found.clauses.append(f"r.{column} = ANY({found.value(list(values))})")


def _facet(found: Where, name: str, text: str) -> None:
    readings: list[Any] = [plain(text)]
    value = parsed(text)
    if isinstance(value, bool | int | float):
        readings.append(value)
    contained = [
        f"r.facets @> {found.value(to_json({plain(name): v}))}::text::jsonb" for v in readings
    ]
    found.clauses.append(f"({' OR '.join(contained)})")


def _words(found: Where, text: str) -> None:
    words = text.lower().split()
    if len(words) > MAX_WORDS or any(len(word) < MIN_WORD for word in words):
        detail = f"at most {MAX_WORDS} words, each of {MIN_WORD} characters or more"
        raise Invalid("the search can't be done", (Flaw("/q", detail),))
    likes = " AND ".join(
        f"q.search LIKE {found.value('%' + escaped(word) + '%')}" for word in words
    )
    found.clauses.append(
        f"EXISTS (SELECT FROM inbox.question AS q WHERE q.request_id = r.request_id AND {likes})"
    )


def escaped(word: str) -> str:
    """The word for LIKE, standing only for itself."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
