"""The queue: what waits for people, found, sorted and kept as each of them needs it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import RULES, Operation
from api.web.queue_list import Listed, QueueReader
from api.web.queue_query import AGES, QueueQuery, View, query_of_text, read_query
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session
from event_schemas.types import Priority
from kernel.directory.saved_filters import SavedFilter
from kernel.errors import Invalid
from kernel.ids import new_id
from projections.inbox.sorting import Sort

MAX_CHANGED = 50
ID_CHARS = 36
SORTS = {
    Sort.PRIORITY: "most urgent first",
    Sort.DUE_FIRST: "least time left first",
    Sort.OLDEST: "longest waiting first",
    Sort.NEWEST: "newest first",
}
_empty = {
    View.WAITING: ("Nothing is waiting", "New questions appear here as agents raise their hands."),
    View.MINE: ("You hold nothing", "What you claim, or what is given to you, appears here."),
    View.TEAMS: ("Nothing waits for your teams", "What is given to a team of yours appears here."),
    View.UNASSIGNED: ("Everything is in somebody's hands", "What nobody holds appears here."),
    View.CHANGES: ("No changes are awaited", "What you send back stays here until it is revised."),
    View.DECIDED: ("Nothing was decided yet", "What was answered or ended otherwise appears here."),
    View.ALL: ("There are no requests yet", "They appear here as agents raise their hands."),
}  # fmt: skip


async def show_queue(request: Request, session: Session) -> Response:
    """The page; without an address of its own it begins with the person's chosen view."""
    door, person = door_of(request), session.person
    saved = await door.directory.saved_filters.of(person.tenant, person.id, person.teams)
    chosen = next((one for one in saved if one.is_default), None)
    if chosen is not None and not request.query_params:
        return RedirectResponse(f"/?{chosen.query}", SEE_OTHER)
    query = read_query(request.query_params)
    reader = QueueReader(door, person, door.clock())
    # Taken before the rows are read: the page's stream goes on from here and misses nothing.
    place = door.live.place.text()
    problem = ""
    try:
        listed = await reader.page(query)
    except Invalid as error:
        listed, problem = Listed((), "0", ""), _told(error)
    values = {
        **frame(session),
        **_chosen(query, saved),
        "tabs": await reader.tabs(query),
        "kinds": sorted({*await reader.kinds(), *query.kinds}),
        "listed": listed,
        "live": f"/live?after={place}",
        "problem": problem,
        "teams": person.teams,
        "may_act": RULES[Operation.BULK].admits(person),
        "may_decide": RULES[Operation.RESPOND].admits(person),
        "attempt": new_id(),
    }
    return page("queue.html", values, 422 if problem else 200)


def _chosen(query: QueueQuery, saved: tuple[SavedFilter, ...]) -> dict[str, Any]:
    """What the address says, for the template."""
    bare = query.text(cursor="")
    title, text = _empty[query.view]
    if query.narrows:
        title, text = "Nothing fits these filters", "Loosen one of them, or look at all views."
    return {
        "query": query,
        "here": bare,
        "first_page": query.address(cursor="") if query.cursor else "",
        "clear": QueueQuery(view=query.view).address(),
        "saved": [(one, query_of_text(one.query).text() == bare) for one in saved],
        "empty_title": title,
        "empty_text": text,
        "priorities": tuple(Priority),
        "ages": AGES,
        "sorts": SORTS,
    }


async def show_changes(request: Request, session: Session) -> Response:
    """The rows of the requests named by `id`, and the views' counts, as they stand now."""
    door = door_of(request)
    query = read_query(request.query_params)
    named = [one for one in request.query_params.getlist("id") if len(one) == ID_CHARS]
    reader = QueueReader(door, session.person, door.clock())
    values = {
        "rows": await reader.changed(query, named[:MAX_CHANGED]),
        "tabs": await reader.tabs(query),
        "may_act": RULES[Operation.BULK].admits(session.person),
    }
    return page("parts/queue_changes.html", values)


def _told(error: Invalid) -> str:
    if any(flaw.pointer == "/q" for flaw in error.flaws):
        return "Search for at most eight words of three letters or more."
    return "This page of the list is no more. Begin again from its start."


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/", Operation.READ, show_queue),
    page_for("GET", "/queue/changes", Operation.READ, show_changes),
)
