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
# What else holds in a state that few requests are in: indexes are narrowed by it.
IMPLIED = {
    State.ASSIGNED: "(r.assigned_person IS NOT NULL OR r.assigned_team IS NOT NULL)",
    State.IN_PROGRESS: "r.started_at IS NOT NULL",
    State.REVISING: "r.revisions_used > 0",
}
# Columns that a filter has one value for; few requests have it.
NAMED = (
    "assigned_person", "assigned_team", "requester_id", "workflow_id", "agent_id", "likeness",
)  # fmt: skip
# Views of the tables, in which what is looked for may be found by an index: see kernel/wall.py.
REQUESTS, QUESTIONS = "inbox.own_request", "inbox.own_question"
MIN_WORD = 3
MAX_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which requests of a tenant are meant; what is empty or None narrows nothing.

    Several values of one field are alternatives; different fields must all hold. `open_only` means
    those that still wait for an answer or a revision. `facets` are pairs of name and value as text,
    which stands for a string, a number or a boolean alike. `likeness` is the key of alike requests.
    `asker` is the party that asked or the agent that it asked for. Each word of `text` must occur.
    """

    open_only: bool = False
    states: tuple[State, ...] = ()
    kinds: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    assigned_person: str | None = None
    assigned_team: str | None = None
    assigned_teams: tuple[str, ...] = ()
    unassigned: bool = False
    requester_id: str | None = None
    asker: str | None = None
    workflow_id: str | None = None
    agent_id: str | None = None
    likeness: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    facets: tuple[tuple[str, str], ...] = ()
    text: str = ""

    def digest(self) -> bytes:
        """The same bytes for the same filters; moments are left out: ages move by themselves."""
        timeless = replace(self, created_before=None, created_after=None)
        return orjson.dumps(asdict(timeless), option=orjson.OPT_SORT_KEYS)

    @property
    def sifts(self) -> bool:
        """Whether much of the queue may have to be looked through: nobody in particular is meant,
        but not everything either.
        """
        several = self.principals or self.assigned_teams or self.asker
        meant = bool(several) or any(getattr(self, column) is not None for column in NAMED)
        plain_list = self == Filters(open_only=self.open_only)
        return not meant and not plain_list

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
    """A condition in SQL and its arguments, numbered from $1.

    `scope` is what an index that is sorted as the list is can keep to, `rest` is looked at in each
    row that it gives. What is looked for in questions is said twice: `probed` row by row, and
    `found_by` in words that its index knows.
    """

    scope: list[str] = field(default_factory=list[str])
    rest: list[str] = field(default_factory=list[str])
    probed: list[str] = field(default_factory=list[str])
    found_by: list[str] = field(default_factory=list[str])
    values: list[Any] = field(default_factory=list[Any])

    def value(self, value: Any) -> str:
        """Adds an argument; gives its placeholder."""
        self.values.append(storable(value))
        return f"${len(self.values)}"

    def text(self) -> str:
        """The whole condition."""
        return " AND ".join((*self.scope, *self.rest, *self.found_by))


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
    found.scope.append(f"r.tenant = {found.value(tenant)}")
    _standing(found, filters)
    _one_of(found, "state", filters.states)
    _one_of(found, "kind", filters.kinds)
    _one_of(found, "principal_id", filters.principals)
    _one_of(found, "assigned_team", filters.assigned_teams)
    _one_of(found, "rank", tuple(RANK[priority] for priority in filters.priorities))
    for column in NAMED:
        value: str | None = getattr(filters, column)
        _one_of(found, column, () if value is None else (value,))
    if filters.asker is not None:
        asker = found.value(filters.asker)
        found.rest.append(f"(r.requester_id = {asker} OR r.agent_id = {asker})")
    if filters.unassigned:
        found.rest.append("r.assigned_person IS NULL AND r.assigned_team IS NULL")
    for sign, moment in (("<", filters.created_before), (">", filters.created_after)):
        if moment is not None:
            found.scope.append(f"r.created_at {sign} {found.value(moment)}")
    _asked(found, filters)
    return found


def _standing(found: Where, filters: Filters) -> None:
    """What follows from the states and has an index of its own."""
    states = set(filters.states)
    if filters.open_only or (states and states <= OPEN):
        found.scope.append("r.open")
    elif states and states.isdisjoint(OPEN):
        found.scope.append("NOT r.open")
    if len(states) == 1:
        found.scope.extend(IMPLIED[state] for state in states if state in IMPLIED)


def _one_of(found: Where, column: str, values: Sequence[str | int]) -> None:
    if len(values) == 1:
        found.rest.append(f"r.{column} = {found.value(values[0])}")
    elif values:
        found.rest.append(f"r.{column} = ANY({found.value(list(values))})")


def _asked(found: Where, filters: Filters) -> None:
    """What is looked for in the question; open requests have their facets in an index too."""
    for name, value in filters.facets:
        sought = _facet(found, name, value)
        found.rest.append(_contained("r", sought))
        if "r.open" not in found.scope:
            found.found_by.append(_in_question(_contained("q", sought)))
    if filters.text.strip():
        words = " AND ".join(_words(found, filters.text))
        # A subquery that gives a value is never made a join, whatever the planner believes.
        found.probed.append(
            f"(SELECT {words} FROM inbox.question AS q WHERE q.request_id = r.request_id)"  # noqa: S608 # arguments are numbered
        )
        found.found_by.append(_in_question(words))


def _in_question(condition: str) -> str:
    return (
        f"EXISTS (SELECT FROM {QUESTIONS} AS q WHERE q.request_id = r.request_id"
        f" AND q.tenant = r.tenant AND {condition})"
    )


def _facet(found: Where, name: str, text: str) -> list[str]:
    """The placeholders of what a facet of this value may be written as."""
    readings: list[Any] = [plain(text)]
    value = parsed(text)
    if isinstance(value, bool | int | float):
        readings.append(value)
    return [found.value(to_json({plain(name): reading})) for reading in readings]


def _contained(table: str, sought: Sequence[str]) -> str:
    return f"({' OR '.join(f'{table}.facets @> {each}::text::jsonb' for each in sought)})"


def _words(found: Where, text: str) -> list[str]:
    words = text.lower().split()
    if len(words) > MAX_WORDS or any(len(word) < MIN_WORD for word in words):
        detail = f"at most {MAX_WORDS} words, each of {MIN_WORD} characters or more"
        raise Invalid("the search can't be done", (Flaw("/q", detail),))
    return [f"q.search LIKE {found.value('%' + escaped(word) + '%')}" for word in words]


def escaped(word: str) -> str:
    """The word for LIKE, standing only for itself."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
