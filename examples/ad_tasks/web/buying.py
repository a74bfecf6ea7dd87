"""Media buys are ordered, and operated at their ad servers."""

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from handraise import HandraiseError
from pydantic import BaseModel, ConfigDict, Field

from examples.ad_tasks.ad_work import AdServerWork
from examples.ad_tasks.adapter_configs import NEEDS
from examples.ad_tasks.callers import KnownCaller
from examples.ad_tasks.media_buys import creation_of
from examples.ad_tasks.operations import Operation
from examples.ad_tasks.web.creatives import Id

router = APIRouter(tags=["media buys"])


class MediaBuyInput(BaseModel):
    """A media buy as its principal orders it."""

    model_config = ConfigDict(extra="forbid")

    media_buy_id: Id
    principal_id: Id
    adapter_name: str = "google_ad_manager"
    name: Annotated[str, Field(min_length=1, max_length=200)]
    budget_cents: Annotated[int, Field(gt=0, le=10**12)]
    targeting: dict[str, Any] = {}


class OperationInput(BaseModel):
    """Something to do with a media buy."""

    model_config = ConfigDict(extra="forbid")

    operation: Literal["pause_line_item", "resume_line_item"]
    operation_id: Id | None = None


class MediaBuyResponse(BaseModel):
    """Where a media buy stands: active, or waiting for a person, by which task."""

    media_buy_id: str
    status: str
    detail: str | None
    task_id: str | None
    line_item_id: str | None
    targeting: dict[str, Any]


class OperationResponse(BaseModel):
    """Where an operation stands."""

    operation_id: str
    media_buy_id: str
    operation: str
    status: str
    detail: str | None
    task_id: str | None


def _work(request: Request) -> AdServerWork:
    return request.app.state.platform.work


Work = Annotated[AdServerWork, Depends(_work)]


@router.post("/media-buys")
async def order(buy: MediaBuyInput, work: Work, _caller: KnownCaller) -> MediaBuyResponse:
    """Order a media buy; sending it again by the same id tells how it stands."""
    if buy.adapter_name not in NEEDS:
        raise HTTPException(422, f"There is no adapter {buy.adapter_name}")
    await work.tools.buys.add(**buy.model_dump())
    operation = await work.tools.operations.get(creation_of(buy.media_buy_id))
    return await _bought(work, await _carried_out(work, operation))


@router.get("/media-buys/{media_buy_id}")
async def read_buy(media_buy_id: str, work: Work, _caller: KnownCaller) -> MediaBuyResponse:
    """How a media buy stands."""
    return await _bought(work, await work.tools.operations.get(creation_of(media_buy_id)))


@router.post("/media-buys/{media_buy_id}/operations")
async def operate(
    media_buy_id: str, wanted: OperationInput, work: Work, _caller: KnownCaller
) -> OperationResponse:
    """Pause or resume a media buy's line item."""
    await work.tools.buys.get(media_buy_id)
    operation_id = wanted.operation_id or f"{media_buy_id}-{uuid.uuid4().hex[:12]}"
    operation = await work.tools.operations.add(operation_id, media_buy_id, wanted.operation)
    return _told(await _carried_out(work, operation))


@router.get("/operations/{operation_id}")
async def read_operation(operation_id: str, work: Work, _caller: KnownCaller) -> OperationResponse:
    """How an operation stands."""
    return _told(await work.tools.operations.get(operation_id))


@router.post("/operations/{operation_id}/retry")
async def retry(operation_id: str, work: Work, _caller: KnownCaller) -> OperationResponse:
    """Try a failed operation again; 409 for any other."""
    await work.tools.operations.get(operation_id)
    operation = await work.tools.operations.again(operation_id)
    if operation is None:
        raise HTTPException(409, "Only a failed operation is tried again")
    return _told(await _carried_out(work, operation))


async def _carried_out(work: AdServerWork, operation: Operation) -> Operation:
    try:
        return await work.carry_out(operation)
    except HandraiseError as error:
        if not error.retriable:
            raise
        return operation  # the background work asks as soon as Handraise is back


async def _bought(work: AdServerWork, operation: Operation) -> MediaBuyResponse:
    buy = await work.tools.buys.get(operation.media_buy_id)
    return MediaBuyResponse(
        media_buy_id=buy.media_buy_id,
        status=buy.status,
        detail=buy.detail,
        task_id=operation.task_id,
        line_item_id=buy.line_item_id,
        targeting=dict(buy.targeting),
    )


def _told(operation: Operation) -> OperationResponse:
    return OperationResponse(
        operation_id=operation.operation_id,
        media_buy_id=operation.media_buy_id,
        operation=operation.operation,
        status=operation.status,
        detail=operation.detail,
        task_id=operation.task_id,
    )
