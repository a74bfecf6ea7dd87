"""The users and the agents of the marketplace."""

from dataclasses import dataclass
from typing import Any

from examples.creator_reviews.accounts import move
from examples.creator_reviews.ledger import grant
from examples.creator_reviews.refusals import NotThere
from examples.creator_reviews.tools.all import TOOLS
from examples.creator_reviews.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class User:
    """A user; `person_id` is who they are at Handraise, if they create agents."""

    id: str
    name: str
    email: str
    person_id: str | None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that users can run; costs in credits."""

    id: str
    name: str
    description: str
    tool_name: str
    creator_id: str
    run_cost: int
    allow_reviews: bool
    review_cost: int
    review_seconds: int
    """How long the creator has to answer."""

    @property
    def tool(self) -> Tool:
        """What it does."""
        return TOOLS[self.tool_name]


_AGENT = (
    "SELECT id, name, description, tool AS tool_name, creator_id, run_cost, allow_reviews,"
    " review_cost, review_seconds FROM agents"
)


class Catalog:
    """Users and agents in the database."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def put_user(self, user: User, credit: int) -> None:
        """Add or change a user; new ones begin with so many credits."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO users (id, name, email, person_id) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (id) DO UPDATE SET (name, email, person_id) ="
                " (excluded.name, excluded.email, excluded.person_id)",
                user.id,
                user.name,
                user.email,
                user.person_id,
            )
            if credit:
                await move(connection, grant(user.id, credit))

    async def give(self, user_id: str, credit: int, once: str) -> None:
        """Give a user so many credits; the same `once` is the same gift."""
        async with self._pool.acquire() as connection:
            await move(connection, grant(user_id, credit, once))

    async def put_agent(self, agent: Agent) -> None:
        """Add or change an agent."""
        await self._pool.execute(
            "INSERT INTO agents (id, name, description, tool, creator_id, run_cost,"
            " allow_reviews, review_cost, review_seconds)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (id) DO UPDATE SET (name, description, tool, creator_id, run_cost,"
            " allow_reviews, review_cost, review_seconds) = (excluded.name, excluded.description,"
            " excluded.tool, excluded.creator_id, excluded.run_cost, excluded.allow_reviews,"
            " excluded.review_cost, excluded.review_seconds)",
            agent.id,
            agent.name,
            agent.description,
            agent.tool_name,
            agent.creator_id,
            agent.run_cost,
            agent.allow_reviews,
            agent.review_cost,
            agent.review_seconds,
        )

    async def user(self, user_id: str) -> User:
        """A user. Raises NotThere."""
        row = await self._pool.fetchrow(
            "SELECT id, name, email, person_id FROM users WHERE id = $1", user_id
        )
        if row is None:
            raise NotThere("There is no such user")
        return User(**row)

    async def agent(self, agent_id: str) -> Agent:
        """An agent. Raises NotThere."""
        row = await self._pool.fetchrow(f"{_AGENT} WHERE id = $1", agent_id)
        if row is None:
            raise NotThere("There is no such agent")
        return Agent(**row)

    async def agents(self) -> list[Agent]:
        """All agents, by name."""
        return [Agent(**row) for row in await self._pool.fetch(f"{_AGENT} ORDER BY name")]

    async def creates(self, user_id: str) -> bool:
        """Whether a user is the creator of an agent."""
        return await self._pool.fetchval(
            "SELECT EXISTS (SELECT FROM agents WHERE creator_id = $1)", user_id
        )
