"""GET /api/v1/groups: alike requests that wait, so that people can decide them together."""

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.calls import caller_of
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.standing_rules import GroupsDocument
from api.rest.examples.standing_rules import GROUPS
from api.rest.shapes import listed_document
from api.rest.spec import Shown, described
from kernel.question import Text
from projections.inbox.groups import Group, Wanted

router = APIRouter(tags=["requests"])


class GroupsQuery(BaseModel):
    """Which groups are meant."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    type: Annotated[list[Annotated[Text, Field(max_length=50)]], Field(max_length=20)] = []
    at_least: Annotated[int, Field(ge=1, le=1000)] = 2
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=500)] | None = None


@router.get(
    "/api/v1/groups",
    **described(
        Operation.READ,
        "List groups of alike requests",
        Shown(GroupsDocument, GROUPS),
        problems=("invalid",),
    ),
)
async def list_groups(request: Request, query: Annotated[GroupsQuery, Query()]) -> Response:
    """Groups of alike requests that wait, the largest first, and why they are alike.

    `GET /api/v1/requests?open=true&group=<key>` lists one, `POST /api/v1/requests/bulk` decides
    what was listed: each request by itself, at the revision that was seen.
    """
    door = door_of(request)
    wanted = Wanted(
        kinds=tuple(query.type), at_least=query.at_least, limit=query.limit, cursor=query.cursor
    )
    found = await door.groups.groups(caller_of(request).tenant, wanted)
    document = {
        "items": [group_document(door, group) for group in found.items],
        "next_cursor": found.next_cursor,
        "capped": found.capped,
    }
    return answer(document)


def group_document(door: FrontDoor, group: Group) -> dict[str, Any]:
    """A group (`GroupDocument`)."""
    alike, oldest = group.alike, group.oldest.line
    return {
        "group": group.key,
        "count": group.size,
        "alike": {
            "type": alike.kind,
            "principal_id": alike.principal_id,
            "requester": alike.asker,
            "title": alike.title,
            "operation": alike.operation,
            "shape": list(alike.shape),
        },
        "priority": group.priority,
        "oldest_at": group.oldest_at,
        "newest_at": group.newest_at,
        "timeout_at": group.due_at,
        "oldest": listed_document(oldest, door.url_of(oldest.id)),
    }
