"""GET /api/v1/requests: the queue, filtered, sorted and counted, page by page."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.requests import ListDocument
from api.rest.examples.requests import LIST
from api.rest.list_query import ListQuery, begun, carried, filters_of
from api.rest.shapes import counts_document, listed_document
from api.rest.spec import Shown, described

router = APIRouter(tags=["requests"])


@router.get(
    "/api/v1/requests",
    **described(
        Operation.READ,
        "List requests",
        Shown(ListDocument, LIST),
        problems=("invalid", "unavailable"),
    ),
)
async def list_requests(request: Request, query: Annotated[ListQuery, Query()]) -> Response:
    """Lists a tenant's requests; `facet.<name>=<value>` filters by a facet of the kind."""
    door, caller = door_of(request), caller_of(request)
    before, inner = begun(query, door.clock())
    filters = filters_of(query, request.query_params, caller, before)
    page = await door.inbox.page(
        caller.tenant, filters, sort=query.sort, limit=query.limit, cursor=inner
    )
    first = query.cursor is None
    counts = await door.inbox.counts(caller.tenant, filters) if first else None
    document = {
        "items": [listed_document(line, door.url_of(line.id)) for line in page.items],
        "next_cursor": carried(before, page.next_cursor),
        "counts": counts_document(counts) if counts else None,
    }
    return answer(document)
