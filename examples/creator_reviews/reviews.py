"""Reviews of executions: asked for and paid for in one step, then brought up to date once each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from examples.creator_reviews.accounts import move, spend
from examples.creator_reviews.catalog import Agent
from examples.creator_reviews.delivery import delivered_output
from examples.creator_reviews.executions import Execution, known_id
from examples.creator_reviews.ledger import reserve, settle
from examples.creator_reviews.refusals import (
    AlreadyAsked,
    AlreadyReviewed,
    NotOffered,
    NotThere,
    Wrong,
)
from examples.creator_reviews.standing import ReviewStatus, Saying, Standing
from examples.creator_reviews.telling import Letter, letter_about

MAX_NOTE_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a change of a review concerns."""

    user_id: str
    creator_id: str


@dataclass(frozen=True, slots=True)
class _Row:
    """What is needed to bring a review up to date."""

    execution_id: str
    cost: int
    version: int
    is_over: bool
    user_id: str
    user_email: str
    creator_id: str
    agent_name: str
    tool_name: str
    inputs: dict[str, str]
    parameters: dict[str, str]


class Reviews:
    """Writes reviews; whatever must agree is written in one transaction."""

    def __init__(self, pool: Any, url: str) -> None:
        """`url` is where the marketplace's pages are."""
        self._pool = pool
        self._url = url

    async def ask(self, execution: Execution, agent: Agent, note: str) -> str:
        """Ask for a review: the price is reserved and the execution waits; the review's id.

        Raises:
            NotOffered: the agent's creator gives no reviews, or is the user.
            AlreadyAsked, AlreadyReviewed: one is enough.
            TooFewCredits: the user has less than the review costs.
            Wrong: the note is empty or too long.
        """
        text = checked_text(note, "what the creator should know")
        if not agent.allow_reviews:
            raise NotOffered(f"The creator of {agent.name} gives no reviews")
        if agent.creator_id == execution.user_id:
            raise NotOffered("You are this agent's creator yourself")
        review_id = str(uuid.uuid4())
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SELECT 1 FROM executions WHERE id = $1 FOR NO KEY UPDATE", execution.id
            )
            _refuse_a_second(
                await connection.fetch(
                    "SELECT outcome, review_status FROM execution_reviews WHERE execution_id = $1",
                    execution.id,
                )
            )
            await connection.execute(
                "INSERT INTO execution_reviews (id, execution_id, cost, review_request_note)"
                " VALUES ($1, $2, $3, $4)",
                review_id,
                execution.id,
                agent.review_cost,
                text,
            )
            await connection.execute(
                "UPDATE executions SET status = 'AWAITING_REVIEW' WHERE id = $1", execution.id
            )
            about = f"Expert review of {agent.name}"
            held = reserve(review_id, execution.user_id, agent.review_cost, about)
            await spend(connection, execution.user_id, held)
        return review_id

    async def bring_up_to_date(
        self, review_id: str, standing: Standing, sayings: Sequence[Saying] = ()
    ) -> Concerned | None:
        """Take in what a version of the request says; None where as much was known before.

        Whoever tells it, however often and in whatever order: the highest version counts, and the
        end (money, output, status, mail) is written once.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            review = await _locked(connection, review_id)
            is_news = standing.version > review.version or standing.outcome is not None
            if review.is_over or not is_news:
                return None
            await _write_standing(connection, review_id, standing)
            await _write_sayings(connection, review_id, sayings)
            if standing.outcome is not None:
                await self._end(connection, review_id, review, standing)
        return Concerned(review.user_id, review.creator_id)

    async def not_asked(self) -> list[str]:
        """The reviews of which Handraise does not know for sure."""
        rows = await self._pool.fetch(
            "SELECT id::text FROM execution_reviews WHERE request_id IS NULL AND outcome IS NULL"
            " ORDER BY created_at"
        )
        return [row["id"] for row in rows]

    async def open(self) -> list[tuple[str, str]]:
        """The reviews that Handraise has, and that are not over, each with its request."""
        rows = await self._pool.fetch(
            "SELECT id::text, request_id FROM execution_reviews"
            " WHERE request_id IS NOT NULL AND outcome IS NULL ORDER BY created_at"
        )
        return [(row["id"], row["request_id"]) for row in rows]

    async def _end(self, connection: Any, review_id: str, review: _Row, standing: Standing) -> None:
        await connection.execute(
            "UPDATE executions SET status = 'COMPLETED',"
            " edited_output = coalesce($2, edited_output) WHERE id = $1",
            review.execution_id,
            delivered_output(review.tool_name, review.inputs, review.parameters, standing),
        )
        settlement = standing.settlement
        assert settlement is not None
        about = f"Expert review of {review.agent_name}, {settlement}"
        parties = review.user_id, review.creator_id
        await move(connection, settle(review_id, settlement, parties, review.cost, about))
        link = f"{self._url}/executions/{review.execution_id}"
        letter = letter_about(standing, review.agent_name, review.cost, link)
        await _write_letter(connection, review_id, review.user_email, letter)


def checked_text(text: str, what: str) -> str:
    """The text, trimmed. Raises Wrong when there is none, or too much of it."""
    trimmed = text.strip().replace("\r\n", "\n")
    if not trimmed:
        raise Wrong(f"Please say {what}")
    if len(trimmed) > MAX_NOTE_CHARS:
        raise Wrong(f"Please say it in at most {MAX_NOTE_CHARS} characters")
    return trimmed


async def _locked(connection: Any, review_id: str) -> _Row:
    row = await connection.fetchrow(
        "SELECT r.execution_id::text, r.cost, r.request_version AS version,"
        " r.outcome IS NOT NULL AS is_over, e.user_id, u.email AS user_email, a.creator_id,"
        " a.name AS agent_name, a.tool AS tool_name, e.inputs, e.parameters"
        " FROM execution_reviews r JOIN executions e ON e.id = r.execution_id"
        " JOIN users u ON u.id = e.user_id JOIN agents a ON a.id = e.agent_id"
        " WHERE r.id = $1 FOR NO KEY UPDATE OF r",
        known_id(review_id),
    )
    if row is None:
        raise NotThere("There is no such review")
    return _Row(**row)


def _refuse_a_second(reviews: Sequence[Any]) -> None:
    if any(one["outcome"] is None for one in reviews):
        raise AlreadyAsked("The creator has been asked already")
    if any(one["review_status"] == ReviewStatus.COMPLETED for one in reviews):
        raise AlreadyReviewed("The creator has looked at this already")


async def _write_standing(connection: Any, review_id: str, standing: Standing) -> None:
    await connection.execute(
        "UPDATE execution_reviews SET request_id = $2, request_version = $3, review_status = $4,"
        " outcome = $5, decision = $6, review_response_note = $7, reviewed_at = $8 WHERE id = $1",
        review_id,
        standing.request_id,
        standing.version,
        standing.review_status.value,
        standing.outcome,
        standing.decision,
        standing.response_note,
        standing.reviewed_at,
    )


async def _write_sayings(connection: Any, review_id: str, sayings: Sequence[Saying]) -> None:
    await connection.executemany(
        "INSERT INTO messages (review_id, request_version, by_creator, text, at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        [(review_id, one.version, one.by_creator, one.text, one.at) for one in sayings],
    )


async def _write_letter(connection: Any, review_id: str, recipient: str, letter: Letter) -> None:
    await connection.execute(
        "INSERT INTO mails (id, recipient, subject, body) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (id) DO NOTHING",
        f"end:{review_id}",
        recipient,
        letter.subject,
        letter.body,
    )
