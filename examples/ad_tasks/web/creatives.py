"""Creatives are uploaded and evaluated."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from handraise import HandraiseError
from pydantic import BaseModel, ConfigDict, Field

from examples.ad_tasks.callers import KnownCaller
from examples.ad_tasks.creatives import Creative
from examples.ad_tasks.engine import CreativeEngine

router = APIRouter(prefix="/creatives", tags=["creatives"])

Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]


class CreativeInput(BaseModel):
    """A creative as its principal uploads it."""

    model_config = ConfigDict(extra="forbid")

    creative_id: Id
    principal_id: Id
    format_id: Id
    media_buy_id: Id | None = None
    content: dict[str, Any]


class EvaluateCreativeResponse(BaseModel):
    """What the creative engine says: approved, or waiting for a person, by which task."""

    creative_id: str
    approval_status: str
    detail: str | None
    task_id: str | None
    content: dict[str, Any]


def _engine(request: Request) -> CreativeEngine:
    return request.app.state.platform.engine


Engine = Annotated[CreativeEngine, Depends(_engine)]


@router.post("")
async def upload(
    creative: CreativeInput, engine: Engine, _caller: KnownCaller
) -> EvaluateCreativeResponse:
    """Upload a creative; sending it again by the same id tells how it stands."""
    return await _evaluated(engine, await engine.creatives.add(**creative.model_dump()))


@router.get("/{creative_id}")
async def read(creative_id: str, engine: Engine, _caller: KnownCaller) -> EvaluateCreativeResponse:
    """How a creative stands."""
    return _told(await engine.creatives.get(creative_id))


@router.post("/{creative_id}/evaluate")
async def evaluate_again(
    creative_id: str, engine: Engine, _caller: KnownCaller
) -> EvaluateCreativeResponse:
    """Evaluate a creative anew whose review failed; 409 for any other."""
    await engine.creatives.get(creative_id)
    creative = await engine.creatives.again(creative_id)
    if creative is None:
        raise HTTPException(409, "Only a creative whose review failed is evaluated again")
    return await _evaluated(engine, creative)


async def _evaluated(engine: CreativeEngine, creative: Creative) -> EvaluateCreativeResponse:
    try:
        return _told(await engine.evaluate(creative))
    except HandraiseError as error:
        if not error.retriable:
            raise
        return _told(creative)  # the background work asks as soon as Handraise is back


def _told(creative: Creative) -> EvaluateCreativeResponse:
    return EvaluateCreativeResponse(
        creative_id=creative.creative_id,
        approval_status=creative.approval_status,
        detail=creative.detail,
        task_id=creative.task_id,
        content=dict(creative.content),
    )
