"""GET /api/v1/stream: what happens to the requests of a tenant, as it happens."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.calls import caller_of
from api.door import door_of
from api.entering import watch_only
from api.errors import Unauthenticated
from api.following import follow
from api.identity.access import RULES, Operation
from api.identity.bearer import principal_of_header
from api.live.audience import Stream
from api.live.event_stream import MEDIA_TYPE, EventStream
from api.rest.documents.requests import ListedDocument
from api.rest.examples.requests import LIST
from api.rest.spec import Shown, described
from kernel.errors import NotAllowed, Unavailable

router = APIRouter(tags=["requests"])


@router.get(
    "/api/v1/stream",
    **described(
        Operation.READ,
        "Follow what happens",
        Shown(ListedDocument, LIST["items"][0], media_type=MEDIA_TYPE),
    ),
)
async def read_stream(request: Request) -> Response:
    """Server-sent events: `request` with a request as it stands now, whenever one has changed.

    `Last-Event-ID` resumes the stream where it broke off. `reset` says that changes may have been
    missed: read the list anew. A client that reads too slowly is let go.
    """
    door, caller = door_of(request), caller_of(request)
    watch_only(request)
    last_event_id = request.headers.get("last-event-id", "")

    async def still_valid() -> bool:
        try:
            principal = await principal_of_header(request, door.directory, door.lock_out)
        except (Unauthenticated, NotAllowed, Unavailable):
            return False
        return principal.tenant == caller.tenant and RULES[Operation.READ].admits(principal)

    def pieces(stream: Stream) -> AsyncGenerator[bytes]:
        return follow(door, caller.tenant, last_event_id, stream, still_valid)

    return EventStream(door.live.audience.join(caller.tenant), pieces)
