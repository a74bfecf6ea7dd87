"""My activity: what a person decided, took, said and changed, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.identity.access import Operation
from api.web.rendering import page
from api.web.routing import PageRoute, frame, page_for
from api.web.session import Session
from api.web.time_words import moment
from projections.history.deeds import Deed, deeds_of
from projections.inbox.feed import lines_of
from projections.inbox.shown import RequestLine

PAGE_ROWS = 50
MAX_CURSOR_CHARS = 200
_words = {
    "Received": "answered",
    "AnswerRecorded": "gave your vote",
    "ChangesRequested": "asked for changes",
    "Assigned": "assigned",
    "Released": "gave back",
    "Commented": "commented",
    "Reprioritised": "changed the priority",
    "DeadlineMoved": "moved the deadline",
    "Escalated": "escalated",
    "Cancelled": "withdrew",
}
_tones = {"approve": "good", "answer": "good", "reject": "bad", "changes": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done: what, about which request, and how that ended."""

    request_id: str
    title: str
    kind: str
    what: str
    decision: str
    tone: str
    text: str
    outcome: str
    at: str


async def show_activity(request: Request, session: Session) -> Response:
    """The page, from the cursor on; with `only=decisions` how they decided."""
    door, person, asked = door_of(request), session.person, request.query_params
    decisions = asked.get("only") == "decisions"
    found = await deeds_of(
        door.pool,
        person.tenant,
        person.id,
        limit=PAGE_ROWS,
        cursor=asked.get("cursor", "")[:MAX_CURSOR_CHARS],
        decisions=decisions,
    )
    lines = await lines_of(door.pool, person.tenant, [deed.request_id for deed in found.items])
    only = "only=decisions&" if decisions else ""
    values = {
        **frame(session),
        "done": [_done(deed, lines.get(deed.request_id)) for deed in found.items],
        "decisions": decisions,
        "first_page": "/activity?only=decisions" if decisions else "/activity",
        "is_later_page": "cursor" in asked,
        "next_page": f"/activity?{only}cursor={quote(found.next_cursor)}"
        if found.next_cursor
        else "",
    }
    return page("activity.html", values)


def _done(deed: Deed, line: RequestLine | None) -> Done:
    data = deed.data
    response: Mapping[str, Any] = data.get("response") or data
    decision = response.get("decision")
    took = deed.event == "Assigned" and data.get("claimed")
    said = response.get("comment") or data.get("text") or data.get("reason")
    return Done(
        request_id=deed.request_id,
        title=line.title if line else deed.request_id,
        kind=line.kind.replace("_", " ") if line else "",
        what="claimed" if took else _words[deed.event],
        decision=str(decision).replace("_", " ") if decision else "",
        tone=_tones.get(str(response.get("means")), "state"),
        text=str(said) if said else "",
        outcome=_outcome(line),
        at=moment(deed.at),
    )


def _outcome(line: RequestLine | None) -> str:
    if line is None:
        return ""
    if line.outcome is None:
        return "changes awaited" if line.state == "revising" else "still open"
    return line.outcome.replace("_", " ")


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/activity", Operation.READ, show_activity),)
