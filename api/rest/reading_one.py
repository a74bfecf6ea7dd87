"""GET /api/v1/requests/{id} and …/wait: a request now, or once the asker can go on."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.calls import caller_of, request_id_in
from api.door import FrontDoor, door_of
from api.entering import watch_only
from api.identity.access import Operation
from api.json_answers import answer
from api.reading import cancel_reason, find
from api.rest.documents.requests import RequestDocument, WaitedDocument
from api.rest.examples.requests import REQUEST, WAITED
from api.rest.shapes import request_document
from api.rest.spec import Shown, Version, described
from api.sight import sight_of
from event_schemas.types import State
from kernel.directory.principals import Principal
from projections.inbox.shown import RequestInFull

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])
MAX_WAIT_SECONDS = 60


@router.get(
    "",
    **described(
        Operation.READ,
        "Read a request",
        Shown(RequestDocument, REQUEST),
        problems=("unknown", "unavailable", "invalid"),
    ),
)
async def read_request(
    request: Request,
    request_id: str,
    min_version: Version = 0,
) -> Response:
    """A request as it stands, in this version at least: read what you have just written."""
    door, caller = door_of(request), caller_of(request)
    found = await find(door, caller.tenant, request_id_in(request_id), min_version=min_version)
    return answer(await _seen(door, caller, found))


@router.get(
    "/wait",
    **described(
        Operation.READ,
        "Wait for an answer",
        Shown(WaitedDocument, WAITED),
        problems=("unknown", "unavailable", "invalid"),
    ),
)
async def wait_for_request(
    request: Request,
    request_id: str,
    timeout_seconds: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS)] = 30,
    after_version: Version = 0,
    min_version: Version = 0,
) -> Response:
    """The request once it is closed, or once changes are requested behind `after_version`.

    A view that has not come to `min_version` is waited for, too.
    """
    door, caller = door_of(request), caller_of(request)
    tenant, until = caller.tenant, asyncio.get_running_loop().time() + timeout_seconds
    found = await find(door, tenant, request_id_in(request_id))
    watch_only(request)
    with door.live.watch(found.line.id) as watch:
        while True:
            found = await door.inbox.one(tenant, found.line.id) or found
            if is_done(found, after_version, min_version) or not await watch.moved(until):
                break
    document = await _seen(door, caller, found)
    return answer({**document, "done": is_done(found, after_version, min_version)})


async def _seen(door: FrontDoor, caller: Principal, found: RequestInFull) -> dict[str, Any]:
    reason = await cancel_reason(door, found)
    sight = await sight_of(door, caller, found.line)
    return sight.of_request(request_document(found, door.url_of(found.line.id), reason))


def is_done(found: RequestInFull, after_version: int, min_version: int) -> bool:
    """Whether the asker has something to go on with: the end, or a wish for changes that is new."""
    line = found.line
    if line.version < min_version:
        return False
    wished = line.state is State.REVISING and line.version > after_version
    return wished or not line.open
