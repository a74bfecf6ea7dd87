"""The query of a list: its parameters, and the filters that they mean."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from event_schemas.types import Priority, State
from kernel.directory.principals import Principal
from kernel.errors import Flaw, Invalid
from kernel.text import text_fault
from projections.inbox.filters import Filters
from projections.inbox.sorting import Sort

FACET = "facet."
MAX_AGE_MINUTES = 100 * 366 * 24 * 60
MOST_FACETS = 20
NOBODY, ME, TEAM = "nobody", "me", "team:"
_mark = "~"

Text: TypeAlias = Annotated[str, Field(max_length=255)]
Several: TypeAlias = Annotated[list[Text], Field(max_length=20)]


class ListQuery(BaseModel):
    """What a list is narrowed and sorted by; several values of one name are alternatives."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    state: Annotated[list[State], Field(max_length=20)] = []
    type: Several = []
    principal_id: Several = []
    priority: Annotated[list[Priority], Field(max_length=4)] = []
    assigned_to: Text | None = Field(
        default=None, description="A person's id, team:<name>, me or nobody."
    )
    requester: Text | None = None
    workflow_id: Text | None = None
    agent_id: Text | None = None
    group: Annotated[str, Field(max_length=32)] | None = Field(
        default=None, description="The key of a group of alike requests."
    )
    open: bool = Field(default=False, description="Only those that wait for people or the asker.")
    min_age_minutes: Annotated[int, Field(ge=0, le=MAX_AGE_MINUTES)] = 0
    q: Text = Field(default="", description="Words of three letters or more that must all occur.")
    sort: Sort = Sort.NEWEST
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=2000)] | None = None


def filters_of(
    query: ListQuery, given: QueryParams, caller: Principal, before: datetime | None
) -> Filters:
    """The filters that the parameters mean; `before` bounds the creation of what is listed.

    Raises:
        Invalid: a parameter that nobody knows, or text that can't be looked for.
    """
    _check_names(given)
    assigned = query.assigned_to or ""
    person = "" if assigned == NOBODY or assigned.startswith(TEAM) else assigned
    return Filters(
        open_only=query.open,
        states=tuple(query.state),
        kinds=tuple(query.type),
        principals=tuple(query.principal_id),
        priorities=tuple(query.priority),
        assigned_person=caller.id if person == ME else person or None,
        assigned_team=assigned.removeprefix(TEAM) if assigned.startswith(TEAM) else None,
        unassigned=assigned == NOBODY,
        requester_id=query.requester,
        workflow_id=query.workflow_id,
        agent_id=query.agent_id,
        likeness=query.group,
        created_before=before,
        facets=tuple(
            (name.removeprefix(FACET), value)
            for name, value in given.multi_items()
            if name.startswith(FACET)
        ),
        text=query.q.strip(),
    )


def _check_names(given: QueryParams) -> None:
    flaws: list[Flaw] = []
    for name, value in given.multi_items():
        fault = text_fault(name) or text_fault(value)
        if fault:
            flaws.append(Flaw(f"/{name!a}", f"the text {fault}"))
        elif name not in ListQuery.model_fields and not name.startswith(FACET):
            flaws.append(Flaw(f"/{name}", "there is no such parameter"))
    if sum(name.startswith(FACET) for name, _ in given.multi_items()) > MOST_FACETS:
        flaws.append(Flaw(f"/{FACET}", f"a list is narrowed by {MOST_FACETS} facets at most"))
    if flaws:
        raise Invalid(f"the address has {len(flaws)} flaw(s)", tuple(flaws))


def begun(query: ListQuery, now: datetime) -> tuple[datetime | None, str | None]:
    """Before when the listed were created, and the view's cursor.

    An age is counted from the first page on, so that later pages belong to the same list: our
    cursor carries that moment in front of the view's.

    Raises:
        Invalid: the cursor is not ours.
    """
    if query.min_age_minutes == 0:
        return None, query.cursor
    if query.cursor is None:
        return now.replace(microsecond=0) - timedelta(minutes=query.min_age_minutes), None
    seconds, mark, inner = query.cursor.partition(_mark)
    try:
        return datetime.fromtimestamp(int(seconds), UTC), inner if mark else None
    except (ValueError, OverflowError, OSError):
        raise Invalid("the cursor is not ours", (Flaw("/cursor", "not ours"),)) from None


def carried(before: datetime | None, cursor: str | None) -> str | None:
    """The cursor that we give out for the view's."""
    if before is None or cursor is None:
        return cursor
    return f"{int(before.timestamp())}{_mark}{cursor}"
