"""The stream of changes for a person who is signed in with a browser."""

from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import Response

from api.door import door_of
from api.entering import watch_only
from api.following import follow
from api.identity.access import RULES, Operation
from api.live.audience import Stream
from api.live.event_stream import EventStream
from api.web.routing import PageRoute, page_for
from api.web.session import Session, session_of
from kernel.errors import HandraiseError

MAX_PLACE_CHARS = 20_000


async def follow_live(request: Request, session: Session) -> Response:
    """Server-sent events, from `Last-Event-ID` on, or from `after` where a page opens it anew.

    It ends when the session does.
    """
    door, tenant = door_of(request), session.person.tenant
    watch_only(request)
    after = request.headers.get("last-event-id") or request.query_params.get("after", "")

    async def still_valid() -> bool:
        try:
            now = await session_of(request)
        except HandraiseError:
            return False
        return (
            now is not None
            and now.person.tenant == tenant
            and RULES[Operation.READ].admits(now.person)
        )

    def pieces(stream: Stream) -> AsyncGenerator[bytes]:
        return follow(door, tenant, after[:MAX_PLACE_CHARS], stream, still_valid)

    return EventStream(door.live.audience.join(tenant), pieces)


PAGES: tuple[PageRoute, ...] = (page_for("GET", "/live", Operation.READ, follow_live),)
