"""GET /me/notices and POST /me/notices/seen: what one was told, as the pages show it."""

import base64
import binascii
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.told import NoticesDocument, UnreadDocument
from api.rest.examples.told import NOTICES, SEEN_BODY
from api.rest.spec import Shown, described
from api.rest.told_inputs import SeenNoticesInput
from kernel.errors import Invalid
from kernel.outbound.notices import PageNotice, mark_seen, notices_for

router = APIRouter(prefix="/api/v1/me/notices", tags=["notices"])


class NoticesQuery(BaseModel):
    """Which page of the notices."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


@router.get(
    "",
    **described(
        Operation.BE_TOLD,
        "What I was told",
        Shown(NoticesDocument, NOTICES),
        problems=("invalid",),
    ),
)
async def read_notices(request: Request, query: Annotated[NoticesQuery, Query()]) -> Response:
    """The caller's notices, the newest first; those whose requests are done stay in the list."""
    door, caller = door_of(request), caller_of(request)
    after = None if query.cursor is None else place_of(query.cursor)
    found, unread = await notices_for(
        door.pool, caller.tenant, caller.id, limit=query.limit + 1, after=after
    )
    shown, rest = found[: query.limit], found[query.limit :]
    return answer(
        {
            "items": [_document(door, one) for one in shown],
            "unread": unread,
            "next_cursor": cursor_of(shown[-1]) if rest else None,
        }
    )


@router.post(
    "/seen",
    **described(
        Operation.CHOOSE,
        "Mark notices as seen",
        Shown(UnreadDocument, {"unread": 0}),
        body=Shown(SeenNoticesInput, SEEN_BODY),
    ),
)
async def see_notices(request: Request) -> Response:
    """Marks notices of the caller as seen, all of them where none are named."""
    pool, caller = door_of(request).pool, caller_of(request)
    body = await read_model(request, SeenNoticesInput)
    await mark_seen(pool, caller.tenant, caller.id, body.ids)
    _, unread = await notices_for(pool, caller.tenant, caller.id, limit=1)
    return answer({"unread": unread})


def _document(door: FrontDoor, one: PageNotice) -> dict[str, Any]:
    document = asdict(one) | {"url": door.url_of(one.request_id)}
    del document["tenant"], document["person"]
    return document


def cursor_of(last: PageNotice) -> str:
    """The word that leads on behind a notice."""
    place = f"{last.at.astimezone(UTC).isoformat()}~{last.id}"
    return base64.urlsafe_b64encode(place.encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """Where a cursor leads on.

    Raises:
        Invalid: it is none of ours.
    """
    try:
        at, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition("~")
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(key))
    except (binascii.Error, ValueError, OverflowError):
        raise Invalid("The cursor is none of ours") from None
