"""Server-sent events: tells a user's open pages that they should renew themselves."""

from collections.abc import AsyncGenerator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from examples.creator_reviews.hub import Hub
from examples.creator_reviews.web.shop import shop_of, visitor_of

router = APIRouter(include_in_schema=False)
_QUIET_SECONDS = 15.0


@router.get("/live")
async def listen(request: Request) -> Response:
    """`changed` whenever something that the user sees has changed."""
    visitor = await visitor_of(request)
    return StreamingResponse(
        _told(shop_of(request).hub, visitor.user.id), media_type="text/event-stream"
    )


async def _told(hub: Hub, user_id: str) -> AsyncGenerator[str]:
    yield "retry: 2000\n\n"
    async for has_changed in hub.signs(user_id, _QUIET_SECONDS):
        yield "event: changed\ndata: {}\n\n" if has_changed else ":\n\n"
