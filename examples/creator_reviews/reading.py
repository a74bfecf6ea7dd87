"""What the pages show of reviews: one whole, or many in a list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from examples.creator_reviews.executions import known_id
from examples.creator_reviews.refusals import NotThere

_COLUMNS = """
    SELECT r.id::text, r.execution_id::text, r.cost, r.review_request_note, r.created_at,
        r.request_id, r.review_status, r.review_response_note, r.reviewed_at, r.outcome, r.decision,
        e.agent_id, a.name AS agent_name, a.creator_id, e.user_id, u.name AS user_name,
        c.name AS creator_name
    FROM execution_reviews r JOIN executions e ON e.id = r.execution_id
    JOIN agents a ON a.id = e.agent_id JOIN users u ON u.id = e.user_id
    JOIN users c ON c.id = a.creator_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review as its user and its creator see it."""

    id: str
    execution_id: str
    cost: int
    review_request_note: str
    created_at: datetime
    request_id: str | None
    review_status: str
    review_response_note: str | None
    reviewed_at: datetime | None
    outcome: str | None
    decision: str | None
    agent_id: str
    agent_name: str
    creator_id: str
    user_id: str
    user_name: str
    creator_name: str

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.outcome is None


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of the conversation."""

    by_creator: bool
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rerun:
    """What the creator tried."""

    parameters: dict[str, str]
    output: str
    created_at: datetime


class ReviewReader:
    """Reads reviews."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def get(self, review_id: str) -> Review:
        """A review. Raises NotThere."""
        row = await self._pool.fetchrow(f"{_COLUMNS} WHERE r.id = $1", known_id(review_id))
        if row is None:
            raise NotThere("There is no such review")
        return Review(**row)

    async def latest_of(self, execution_id: str) -> Review | None:
        """The newest review of an execution."""
        row = await self._pool.fetchrow(
            f"{_COLUMNS} WHERE r.execution_id = $1 ORDER BY r.created_at DESC LIMIT 1",
            known_id(execution_id),
        )
        return None if row is None else Review(**row)

    async def asked_by(self, user_id: str, limit: int = 100) -> list[Review]:
        """The reviews that a user asked for: open ones first, then the newest."""
        return await self._listed("e.user_id = $1", user_id, limit)

    async def asked_of(self, creator_id: str, limit: int = 100) -> list[Review]:
        """The reviews that a creator was asked for, in the same order."""
        return await self._listed("a.creator_id = $1", creator_id, limit)

    async def waiting_for(self, creator_id: str) -> int:
        """How many open reviews a creator has been asked for."""
        return await self._pool.fetchval(
            "SELECT count(*) FROM execution_reviews r JOIN executions e ON e.id = r.execution_id"
            " JOIN agents a ON a.id = e.agent_id WHERE a.creator_id = $1 AND r.outcome IS NULL",
            creator_id,
        )

    async def messages(self, review_id: str) -> list[Message]:
        """The conversation, in the order of the request's versions."""
        rows = await self._pool.fetch(
            "SELECT by_creator, text, at FROM messages WHERE review_id = $1"
            " ORDER BY request_version",
            review_id,
        )
        return [Message(**row) for row in rows]

    async def last_rerun(self, review_id: str) -> Rerun | None:
        """What the creator tried last."""
        row = await self._pool.fetchrow(
            "SELECT parameters, output, created_at FROM reruns WHERE review_id = $1"
            " ORDER BY created_at DESC LIMIT 1",
            review_id,
        )
        return None if row is None else Rerun(**row)

    async def execution_of(self, review: Review) -> dict[str, Any]:
        """The execution that a review is about: inputs, parameters and outputs."""
        row = await self._pool.fetchrow(
            "SELECT inputs, parameters, original_output, edited_output FROM executions"
            " WHERE id = $1",
            review.execution_id,
        )
        return dict(row)

    async def _listed(self, condition: str, user_id: str, limit: int) -> list[Review]:
        rows = await self._pool.fetch(
            f"{_COLUMNS} WHERE {condition}"
            " ORDER BY r.outcome IS NULL DESC, r.created_at DESC LIMIT $2",
            user_id,
            limit,
        )
        return [Review(**row) for row in rows]
