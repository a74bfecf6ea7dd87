"""The JSON endpoints, for programs and for polling; the bearer is the word in a sign-in link."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request

from examples.creator_reviews.catalog import User
from examples.creator_reviews.executions import Execution
from examples.creator_reviews.reading import Review
from examples.creator_reviews.standing import ReviewStatus
from examples.creator_reviews.web.shop import shop_of

router = APIRouter(prefix="/api")


class RunAsked(BaseModel):
    """A run; the same `once` is the same run."""

    inputs: dict[str, str]
    parameters: dict[str, str] = Field(default_factory=dict[str, str])
    once: str = Field(default_factory=lambda: secrets.token_urlsafe(12), max_length=100)


class ReviewAsked(BaseModel):
    """Why a review is wanted."""

    note: str


class MessageSent(BaseModel):
    """A turn of the conversation; the same `once` is the same message."""

    text: str
    once: str = Field(default_factory=lambda: secrets.token_urlsafe(12), max_length=100)


async def bearer(request: Request) -> User:
    """Who calls. Raises NotSignedIn."""
    shop = shop_of(request)
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return await shop.catalog.user(shop.sessions.user_of_link(token))


Caller = Annotated[User, Depends(bearer)]


@router.post("/agents/{agent_id}/executions", status_code=201)
async def run(request: Request, agent_id: str, asked: RunAsked, user: Caller) -> dict[str, Any]:
    """Run an agent."""
    execution_id = await shop_of(request).user_acts.run(
        user, agent_id, asked.inputs, asked.parameters, asked.once
    )
    return await _execution(request, user, execution_id)


@router.get("/executions/{execution_id}")
async def read(request: Request, execution_id: str, user: Caller) -> dict[str, Any]:
    """A result with the status of its review."""
    return await _execution(request, user, execution_id)


@router.post("/executions/{execution_id}/review", status_code=201)
async def ask(
    request: Request, execution_id: str, asked: ReviewAsked, user: Caller
) -> dict[str, Any]:
    """Request a creator's review; 409 where none is offered or one was asked for."""
    await shop_of(request).user_acts.ask(user, execution_id, asked.note)
    return await _execution(request, user, execution_id)


@router.delete("/executions/{execution_id}/review")
async def withdraw(request: Request, execution_id: str, user: Caller) -> dict[str, Any]:
    """Take the question back."""
    await shop_of(request).user_acts.withdraw(user, execution_id)
    return await _execution(request, user, execution_id)


@router.post("/executions/{execution_id}/messages")
async def write(
    request: Request, execution_id: str, sent: MessageSent, user: Caller
) -> dict[str, Any]:
    """Write to the creator, while the review is open."""
    await shop_of(request).user_acts.write(user, execution_id, sent.text, sent.once)
    return await _execution(request, user, execution_id)


@router.get("/reviews")
async def reviews(request: Request, user: Caller) -> dict[str, Any]:
    """The reviews that the caller asked for, and was asked for."""
    reader = shop_of(request).reader
    return {
        "asked_by_me": [_review(one) for one in await reader.asked_by(user.id)],
        "asked_of_me": [_review(one) for one in await reader.asked_of(user.id)],
    }


async def _execution(request: Request, user: User, execution_id: str) -> dict[str, Any]:
    shop = shop_of(request)
    execution = await shop.executions.get(execution_id, user.id)
    review = await shop.reader.latest_of(execution_id)
    messages = await shop.reader.messages(review.id) if review else []
    return {
        **_result(execution),
        **_review_fields(review),
        "messages": [
            {"from": "creator" if one.by_creator else "user", "text": one.text, "at": one.at}
            for one in messages
        ],
    }


def _result(execution: Execution) -> dict[str, Any]:
    return {
        "id": execution.id,
        "agent_id": execution.agent_id,
        "status": execution.status,
        "inputs": execution.inputs,
        "parameters": execution.parameters,
        "output": execution.output,
        "original_output": execution.original_output,
        "edited_output": execution.edited_output,
        "created_at": execution.created_at,
    }


def _review_fields(review: Review | None) -> dict[str, Any]:
    return {
        "review_status": review.review_status if review else ReviewStatus.NONE.value,
        "review_request_note": review.review_request_note if review else None,
        "review_response_note": review.review_response_note if review else None,
        "reviewed_at": review.reviewed_at if review else None,
        "review_outcome": review.outcome if review else None,
    }


def _review(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "execution_id": review.execution_id,
        "agent_id": review.agent_id,
        "cost": review.cost,
        "created_at": review.created_at,
        **_review_fields(review),
    }
