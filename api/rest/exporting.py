"""GET /api/v1/export: the history of a tenant, line by line, to be carried away."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.calls import caller_of, request_id_in
from api.door import FrontDoor, door_of
from api.errors import Behind
from api.identity.access import Operation
from api.json_answers import dumps
from api.reading import find, read_of_history
from api.rest.documents.trail import ExportedDocument
from api.rest.examples.trail import EXPORTED
from api.rest.inputs import Moment
from api.rest.shapes import happened_document
from api.rest.spec import Shown, described
from api.sight import Sight, sight_of_many
from kernel.directory.principals import Principal
from kernel.question import Text
from kernel.request.instants import EARLIEST
from kernel.validation import flawed
from projections.history.export import Line, Place, Span, lines_of

router = APIRouter(tags=["requests"])
MEDIA_TYPE = "application/x-ndjson"
MAX_LINES = 100_000
# What is younger may still be on its way into the view.
SETTLED = timedelta(seconds=10)
A_DAY = timedelta(days=1)


class ExportQuery(BaseModel):
    """Which part of the history is meant."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    since: Moment | None = Field(
        default=None, alias="from", description="Left out: a day before `to`."
    )
    until: Moment | None = Field(default=None, alias="to", description="Left out: now.")
    request_id: Annotated[Text, Field(max_length=64)] | None = Field(
        default=None,
        description="Only this request's story, of all time where nothing else is said.",
    )
    limit: Annotated[int, Field(ge=1, le=MAX_LINES)] = 10_000
    cursor: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="Goes on behind the line that has it."
    )


@router.get(
    "/api/v1/export",
    **described(
        Operation.EXPORT,
        "Carry the history away",
        Shown(ExportedDocument, EXPORTED, media_type=MEDIA_TYPE),
        problems=("invalid", "unknown", "unavailable"),
    ),
)
async def export(request: Request, query: Annotated[ExportQuery, Query()]) -> Response:
    """One JSON object a line: events and refusals by time, with what the reviewers had seen.

    Each line names its place in the log and the hashes that chain it. The last one says with
    `next_cursor` where to go on, null where all up to `to` is told; an export that breaks off goes
    on from the `cursor` of the last line that came.
    """
    door, caller = door_of(request), caller_of(request)
    tenant = caller.tenant
    if query.request_id is not None:
        await find(door, tenant, request_id_in(query.request_id))
    span = _span(query, tenant, door.clock())
    # An export that ends says that all was told, and the next one begins where it ended.
    if not await door.log_ends.are_in(partial(read_of_history, door)):
        raise Behind("The history has not come up with the log yet")
    return StreamingResponse(_lines(door, caller, span, query.limit), media_type=MEDIA_TYPE)


def _span(query: ExportQuery, tenant: str, now: datetime) -> Span:
    request_id = None if query.request_id is None else request_id_in(query.request_id)
    newest = now if request_id is not None else now - SETTLED
    until = newest if query.until is None else max(min(query.until, newest), EARLIEST)
    since = max(until - A_DAY, EARLIEST) if request_id is None else EARLIEST
    if query.since is not None:
        since = max(query.since, EARLIEST)
    if query.until is not None and since > query.until:
        raise flawed("/from", "is after `to`")
    after = None if query.cursor is None else Place.read(query.cursor)
    return Span(tenant=tenant, since=since, until=until, request_id=request_id, after=after)


async def _lines(
    door: FrontDoor, reader: Principal, span: Span, limit: int
) -> AsyncIterator[bytes]:
    told, last = 0, span.after
    sights: dict[str, Sight] = {}
    async for line in lines_of(door.pool, span, limit):
        told, last = told + 1, line.place
        if line.request_id not in sights:
            sights[line.request_id] = await sight_of_many(door, reader, line.request_id)
        [seen] = sights[line.request_id].of_history([exported(line)])
        yield dumps(seen) + b"\n"
    cursor = last.text() if told == limit and last is not None else None
    yield dumps({"next_cursor": cursor, "to": span.until}) + b"\n"


def exported(line: Line) -> dict[str, Any]:
    """One line of an export (`ExportedDocument`)."""
    happening = line.told
    previous = happening.request_previous
    return {
        "cursor": line.place.text(),
        "request_id": line.request_id,
        **happened_document(happening),
        "command": happening.command,
        "command_id": happening.command_id,
        "correlation_id": happening.correlation_id,
        "log": {
            "partition": happening.partition,
            "offset": happening.log_offset,
            "entry_hash": happening.entry_hash.hex(),
            "request_previous": None if previous is None else previous.hex(),
        },
    }
