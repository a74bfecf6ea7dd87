"""What of the queue a person wants to see, as the page's address says it, and as filters.

Addresses come from anywhere: what is unknown in one narrows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import QueryParams

from event_schemas.types import Priority, State
from kernel.directory.principals import Principal
from projections.inbox.filters import Filters
from projections.inbox.sorting import Sort

MAX_CHARS = 255
MAX_CURSOR_CHARS = 2000
MAX_KINDS = 20
MAX_DIGITS = 9
AGES = {
    "60": "older than 1 h",
    "240": "older than 4 h",
    "1440": "older than 1 day",
    "4320": "older than 3 days",
}
ANSWERABLE = (State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS)
CLOSED = (
    State.RESPONDED,
    State.CALLBACK_SENT,
    State.COMPLETED,
    State.TIMED_OUT,
    State.CANCELLED,
)
_Word = TypeVar("_Word", bound=StrEnum)


class View(StrEnum):
    """The lists that the queue is looked at by."""

    WAITING = "waiting"
    MINE = "mine"
    TEAMS = "teams"
    UNASSIGNED = "unassigned"
    CHANGES = "changes"
    DECIDED = "decided"
    ALL = "all"


_states: Mapping[View, tuple[State, ...]] = {
    View.CHANGES: (State.REVISING,),
    View.DECIDED: CLOSED,
    View.ALL: (),
}
_newest_first = (View.DECIDED, View.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery:
    """A view and what narrows and sorts it; empty narrows nothing. `facet` is "name:value"."""

    view: View = View.WAITING
    q: str = ""
    kinds: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    principal: str = ""
    asker: str = ""
    workflow: str = ""
    facet: str = ""
    group: str = ""
    age: str = ""
    sort: Sort | None = None
    cursor: str = field(default="", compare=False)

    @property
    def order(self) -> Sort:
        """The order that was asked for, or else the view's: what presses, or what is new."""
        return self.sort or (Sort.NEWEST if self.view in _newest_first else Sort.PRIORITY)

    @property
    def narrows(self) -> bool:
        """Whether anything but the view says what is shown."""
        return self != QueueQuery(view=self.view, sort=self.sort)

    @property
    def narrows_more(self) -> bool:
        """Whether one of the rarer filters does."""
        return any((self.principal, self.asker, self.workflow, self.facet, self.age))

    def text(self, **over: Any) -> str:
        """The query part of its address with these changed; always names the view."""
        said = replace(self, **over) if over else self
        pairs = [("view", said.view), ("q", said.q)]
        pairs += [("kind", kind) for kind in said.kinds]
        pairs += [("priority", priority) for priority in said.priorities]
        pairs += [
            ("principal", said.principal),
            ("asker", said.asker),
            ("workflow", said.workflow),
            ("facet", said.facet),
            ("group", said.group),
            ("age", said.age),
            ("sort", said.sort or ""),
            ("cursor", said.cursor),
        ]
        return urlencode([(name, str(value)) for name, value in pairs if value])

    def address(self, **over: Any) -> str:
        """Its address with these changed."""
        return f"/?{self.text(**over)}"


def read_query(given: QueryParams) -> QueueQuery:
    """What an address asks for."""

    def text(name: str) -> str:
        return given.get(name, "").strip()[:MAX_CHARS]

    kinds = [kind[:MAX_CHARS] for kind in given.getlist("kind") if kind]
    priorities = [_word(Priority, name) for name in given.getlist("priority")]
    return QueueQuery(
        view=_word(View, given.get("view", "")) or View.WAITING,
        q=text("q"),
        kinds=tuple(dict.fromkeys(kinds))[:MAX_KINDS],
        priorities=tuple(dict.fromkeys(one for one in priorities if one)),
        principal=text("principal"),
        asker=text("asker"),
        workflow=text("workflow"),
        facet=text("facet"),
        group=text("group"),
        age=text("age") if text("age") in AGES else "",
        sort=_word(Sort, given.get("sort", "")),
        cursor=given.get("cursor", "")[:MAX_CURSOR_CHARS],
    )


def query_of_text(text: str) -> QueueQuery:
    """What the query part of an address asks for, without the page."""
    return replace(read_query(QueryParams(parse_qsl(text, max_num_fields=None))), cursor="")


def filters_of(query: QueueQuery, person: Principal, now: datetime) -> Filters:
    """The filters that it means for this person."""
    name, _, value = query.facet.partition(":")
    return Filters(
        states=_states.get(query.view, ANSWERABLE),
        assigned_person=person.id if query.view is View.MINE else None,
        assigned_teams=person.teams if query.view is View.TEAMS else (),
        unassigned=query.view is View.UNASSIGNED,
        kinds=query.kinds,
        priorities=query.priorities,
        principals=(query.principal,) if query.principal else (),
        asker=query.asker or None,
        workflow_id=query.workflow or None,
        facets=((name.strip(), value.strip()),) if query.facet else (),
        likeness=query.group or None,
        created_before=now - timedelta(minutes=int(query.age)) if query.age else None,
        text=query.q,
    )


def number_in(text: str) -> int:
    """The whole number that a field holds; 0 where it holds none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else 0


def _word(words: type[_Word], text: str) -> _Word | None:
    try:
        return words(text)
    except ValueError:
        return None
