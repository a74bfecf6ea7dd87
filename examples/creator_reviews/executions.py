"""Runs of agents: paid once, kept with their original output for ever."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from examples.creator_reviews.accounts import spend
from examples.creator_reviews.catalog import Agent, User
from examples.creator_reviews.ledger import run_fee
from examples.creator_reviews.refusals import NotThere
from examples.creator_reviews.tools.tool import Texts

_COLUMNS = (
    "id::text, agent_id, user_id, inputs, parameters, status, original_output, edited_output,"
    " created_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run of an agent. `edited_output` is what its creator made of it, if they did."""

    id: str
    agent_id: str
    user_id: str
    inputs: dict[str, str]
    parameters: dict[str, str]
    status: str
    original_output: str
    edited_output: str | None
    created_at: datetime

    @property
    def output(self) -> str:
        """What the user has of it now."""
        return self.original_output if self.edited_output is None else self.edited_output


class Executions:
    """Executions in the database."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def run(
        self, agent: Agent, user: User, inputs: Texts, parameters: Texts, once: str
    ) -> str:
        """Run an agent and pay for it; the execution's id.

        The same `once` of the same user is the same run, paid once.

        Raises:
            Wrong: an input or a parameter does not fit.
            TooFewCredits: the user has less than it costs.
        """
        given, settled = agent.tool.checked_inputs(inputs), agent.tool.settled(parameters)
        output = agent.tool.run(given, settled)
        execution_id = once_only(user.id, once)
        async with self._pool.acquire() as connection, connection.transaction():
            made = await connection.fetchval(
                "INSERT INTO executions (id, agent_id, user_id, inputs, parameters,"
                " original_output) VALUES ($1, $2, $3, $4, $5, $6)"
                " ON CONFLICT (id) DO NOTHING RETURNING true",
                execution_id,
                agent.id,
                user.id,
                given,
                settled,
                output,
            )
            if made:
                fee = run_fee(execution_id, user.id, agent.run_cost, f"Run of {agent.name}")
                await spend(connection, user.id, fee)
        return execution_id

    async def get(self, execution_id: str, user_id: str) -> Execution:
        """A user's execution. Raises NotThere."""
        row = await self._pool.fetchrow(
            f"SELECT {_COLUMNS} FROM executions WHERE id = $1 AND user_id = $2",  # noqa: S608
            known_id(execution_id),
            user_id,
        )
        if row is None:
            raise NotThere("There is no such result")
        return Execution(**row)

    async def of_user(self, user_id: str, limit: int = 50) -> list[Execution]:
        """A user's executions, the newest first."""
        rows = await self._pool.fetch(
            f"SELECT {_COLUMNS} FROM executions WHERE user_id = $1"  # noqa: S608
            " ORDER BY created_at DESC LIMIT $2",
            user_id,
            limit,
        )
        return [Execution(**row) for row in rows]


def once_only(owner: str, once: str) -> str:
    """The id of what an owner does once under this word."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"creator-reviews/{owner}/{once}"))


def known_id(text: str) -> str:
    """The text, if it can be an id. Raises NotThere."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise NotThere("There is nothing of this id") from None
