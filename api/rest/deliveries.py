"""Callbacks that did not get through: listed for their tenant's operators, and set going again."""

import base64
import binascii
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.json_answers import answer
from api.rest.documents.base import Document
from api.rest.examples.facts import AT, ID, LATER, Example
from api.rest.inputs import Moment, NothingInput
from api.rest.spec import Shown, described
from kernel.errors import Invalid
from kernel.outbound.redriving import (
    REDRIVE_MAX,
    Stuck,
    StuckCallback,
    Which,
    redrive,
    redrive_all,
    stuck_callbacks,
)
from kernel.question import Input, Text
from kernel.telemetry import logger

log = logger()
router = APIRouter(prefix="/api/v1/deliveries", tags=["deliveries"])
StuckWord: TypeAlias = Literal["exhausted", "pending"]
_words: dict[Stuck, StuckWord] = {Stuck.EXHAUSTED: "exhausted", Stuck.PENDING: "pending"}
_stuck = {word: stuck for stuck, word in _words.items()}
_wrong_body = ("invalid", "body_too_large", "media_type")


class StuckDocument(Document):
    """A callback that did not get through; `id` is what a redrive takes."""

    id: str
    request_id: str
    webhook_id: str
    webhook_url: str
    event: str
    state: StuckWord
    status_code: int | None
    error: str | None
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    next_attempt_at: datetime | None
    redriven_at: datetime | None
    redriven_by: str | None


class StuckListDocument(Document):
    """One page of callbacks, the newest first."""

    items: list[StuckDocument]
    next_cursor: str | None


class RedrivenDocument(Document):
    """A callback that was set going again."""

    id: str
    state: StuckWord


class RedrivenAllDocument(Document):
    """How many callbacks were set going again, and whether there are more of them."""

    redriven: int
    more: bool


class RedriveInput(Input):
    """Which exhausted callbacks to set going again: those that fit all that is named."""

    request_id: Annotated[Text, Field(max_length=64)] | None = None
    webhook_url: Annotated[Text, Field(max_length=2048)] | None = None
    since: Moment | None = Field(default=None, description="Made then or later.")
    before: Moment | None = Field(default=None, description="Made before.")
    limit: Annotated[int, Field(ge=1, le=REDRIVE_MAX)] = REDRIVE_MAX


class StuckQuery(BaseModel):
    """What the list is narrowed by."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    state: StuckWord = "exhausted"
    request_id: Annotated[Text, Field(max_length=64)] | None = None
    webhook_url: Annotated[Text, Field(max_length=2048)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


_STUCK: Example = {
    "id": "7d0c1c1e-3c5b-5f0f-9a57-0d7f0c2f9a12",
    "request_id": ID,
    "webhook_id": "b2c1c1e0-3c5b-8f0f-9a57-0d7f0c2f9a13",
    "webhook_url": "https://agent-system.company.com/resume",
    "event": "request.responded",
    "state": "exhausted",
    "status_code": 503,
    "error": "503: the receiver did not take it",
    "attempts": 8,
    "created_at": AT,
    "settled_at": LATER,
    "next_attempt_at": None,
    "redriven_at": None,
    "redriven_by": None,
}
_REDRIVEN: Example = {"id": _STUCK["id"], "state": "pending"}
_FILTER: Example = {"webhook_url": _STUCK["webhook_url"], "since": AT}


@router.get(
    "",
    **described(
        Operation.REDRIVE,
        "List callbacks that did not get through",
        Shown(StuckListDocument, {"items": [_STUCK], "next_cursor": None}),
        problems=("invalid", "unavailable"),
    ),
)
async def list_stuck(request: Request, query: Annotated[StuckQuery, Query()]) -> Response:
    """Lists the tenant's exhausted callbacks, or those that are still being tried."""
    which = Which(
        tenant=caller_of(request).tenant,
        request_id=query.request_id,
        target=query.webhook_url,
    )
    after = None if query.cursor is None else place_of(query.cursor)
    pool, stuck = door_of(request).pool, _stuck[query.state]
    found = await stuck_callbacks(pool, which, stuck, limit=query.limit + 1, after=after)
    shown, rest = found[: query.limit], found[query.limit :]
    cursor = cursor_behind(shown[-1]) if rest else None
    return answer({"items": [_document(one) for one in shown], "next_cursor": cursor})


@router.post(
    "/redrive",
    **described(
        Operation.REDRIVE,
        "Send exhausted callbacks again",
        Shown(RedrivenAllDocument, {"redriven": 12, "more": False}),
        body=Shown(RedriveInput, _FILTER),
        problems=(*_wrong_body, "unavailable"),
    ),
)
async def redrive_several(request: Request) -> Response:
    """Sets the exhausted callbacks that fit going again: same id, same bytes, new schedule."""
    wanted, caller = await read_model(request, RedriveInput), caller_of(request)
    which = Which(
        tenant=caller.tenant,
        request_id=wanted.request_id,
        target=wanted.webhook_url,
        since=wanted.since,
        before=wanted.before,
    )
    count = await redrive_all(door_of(request).pool, which, caller.id, limit=wanted.limit)
    log.info("callbacks redriven", tenant=caller.tenant, by=caller.id, count=count)
    return answer({"redriven": count, "more": count == wanted.limit})


@router.post(
    "/{delivery_id}/redrive",
    **described(
        Operation.REDRIVE,
        "Send an exhausted callback again",
        Shown(RedrivenDocument, _REDRIVEN),
        body=Shown(NothingInput, {}),
        problems=(*_wrong_body, "unknown", "wrong_state", "unavailable"),
    ),
)
async def redrive_one(request: Request, delivery_id: str) -> Response:
    """Sets an exhausted callback going again: same id, same bytes, new schedule."""
    await read_model(request, NothingInput)
    caller = caller_of(request)
    await redrive(door_of(request).pool, delivery_id, caller.tenant, caller.id)
    log.info("callbacks redriven", tenant=caller.tenant, by=caller.id, delivery=delivery_id)
    return answer({"id": delivery_id.lower(), "state": "pending"})


def _document(one: StuckCallback) -> dict[str, Any]:
    document = asdict(one)
    del document["tenant"], document["channel"]
    return document | {"state": _words[document.pop("stuck")]}


def cursor_behind(last: StuckCallback) -> str:
    """Where the list goes on behind one."""
    place = f"{last.created_at.astimezone(UTC).isoformat()}~{last.id}"
    return base64.urlsafe_b64encode(place.encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """The time and id behind which the list goes on.

    Raises:
        Invalid: the cursor is none of ours.
    """
    try:
        at, _, delivery_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("~")
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(delivery_id))
    except (binascii.Error, ValueError, OverflowError):
        raise Invalid("The cursor is none of ours") from None
