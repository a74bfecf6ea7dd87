"""Takes a request from the queue, or gives it back, at one press."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.reading import come_up
from api.rest.bulk import done_to_all
from api.rest.replies import Told
from api.rest.several_inputs import BulkInput
from api.web.forms import read_form
from api.web.queue_list import QueueReader
from api.web.queue_query import QueueQuery, View, number_in, query_of_text
from api.web.queue_rows import Row
from api.web.refused import names_in, told_to_people
from api.web.rendering import page
from api.web.routing import PageRoute, Show, frame, page_for
from api.web.session import Session, check_form
from kernel.validation import validated

_everything = QueueQuery(view=View.ALL)


def _taking(action: str, done: str) -> Show:
    async def take(request: Request, session: Session) -> Response:
        fields = await read_form(request)
        check_form(request, session.token, fields.get("csrf", ""))
        item = _item(fields)
        bulk = validated(BulkInput, {"action": action, "items": [item]})
        [outcome] = await done_to_all(request, bulk, key=None, channel="web")
        door = door_of(request)
        row = await _row(door, session, outcome.request_id, outcome.told)
        names = await names_in(door, session.person.tenant, [outcome.told.problem])
        tone, text = _told(outcome.told, done, names)
        values = {
            **frame(session),
            "tone": tone,
            "text": text,
            "row": row,
            "back": query_of_text(fields.get("back", "")).text(),
        }
        return page("queue_outcome.html", values, outcome.told.status)

    return take


def _item(fields: Mapping[str, str]) -> dict[str, object]:
    """The request that a button named, with the revision that was looked at."""
    request_id, _, revision = fields.get("one", "").partition(":")
    return {"id": request_id, "revision": number_in(revision)}


def _told(told: Told, done: str, names: Mapping[str, str]) -> tuple[str, str]:
    if told.problem is not None:
        return "bad", f"This was not done: {told_to_people(told.problem, names)}"
    if told.document is None or "version" not in told.document:
        return "warn", "It is recorded, but what came of it is not known yet. Look again soon."
    return "good", done


async def _row(door: FrontDoor, session: Session, request_id: str, told: Told) -> Row | None:
    """The row after what was done; as it was where the view is behind."""
    version = (told.document or {}).get("version", 0)
    await come_up(door, session.person.tenant, {request_id: version})
    reader = QueueReader(door, session.person, door.clock())
    return next(iter(await reader.changed(_everything, [request_id])), None)


PAGES: tuple[PageRoute, ...] = (
    page_for("POST", "/queue/claim", Operation.CLAIM, _taking("claim", "You hold it now.")),
    page_for("POST", "/queue/release", Operation.RELEASE, _taking("release", "You gave it back.")),
)
