"""GET …/history, …/deliveries and …/notifications: what happened, and who was told of it."""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.calls import caller_of, request_id_in
from api.door import door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.reading import find, story_of
from api.rest.documents.trail import (
    DeliveriesDocument,
    HistoryDocument,
    NotificationsDocument,
)
from api.rest.examples.trail import DELIVERIES, HISTORY, NOTIFICATIONS
from api.rest.shapes import happened_document, notification_document
from api.rest.spec import Shown, Version, described
from api.sight import sight_of
from kernel.outbound.queries import deliveries_of, notifications_of

router = APIRouter(prefix="/api/v1/requests/{request_id}", tags=["requests"])
_problems = ("unknown", "unavailable")


@router.get(
    "/history",
    **described(
        Operation.READ,
        "What happened to a request",
        Shown(HistoryDocument, HISTORY),
        problems=_problems,
    ),
)
async def read_history(request: Request, request_id: str, min_version: Version = 0) -> Response:
    """All events of a request in order, and the commands that were refused."""
    door, caller = door_of(request), caller_of(request)
    found = await find(door, caller.tenant, request_id_in(request_id), min_version=min_version)
    story = await story_of(door, found, min_version=min_version)
    sight = await sight_of(door, caller, found.line)
    return answer({"items": sight.of_history(happened_document(told) for told in story)})


@router.get(
    "/deliveries",
    **described(
        Operation.READ,
        "The callbacks of a request",
        Shown(DeliveriesDocument, DELIVERIES),
        problems=_problems,
    ),
)
async def read_deliveries(request: Request, request_id: str) -> Response:
    """The callbacks of a request, each with its attempts."""
    door, tenant = door_of(request), caller_of(request).tenant
    found = await find(door, tenant, request_id_in(request_id))
    made = await deliveries_of(door.pool, found.line.id, tenant)
    return answer({"items": [asdict(delivery) for delivery in made]})


@router.get(
    "/notifications",
    **described(
        Operation.READ,
        "Who was told of a request",
        Shown(NotificationsDocument, NOTIFICATIONS),
        problems=_problems,
    ),
)
async def read_notifications(request: Request, request_id: str) -> Response:
    """Who was told of a request, on which channel; API keys see addresses masked."""
    door, caller = door_of(request), caller_of(request)
    found = await find(door, caller.tenant, request_id_in(request_id))
    made = await notifications_of(door.pool, found.line.id, caller.tenant)
    masked = not caller.is_person
    return answer({"items": [notification_document(one, masked=masked) for one in made]})
