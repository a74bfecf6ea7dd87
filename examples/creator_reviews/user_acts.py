"""What users do: run agents, ask for a review, write to the creator, withdraw."""

from collections.abc import Callable

from handraise import Handraise
from handraise.errors import Conflict

from examples.creator_reviews.catalog import Agent, Catalog, User
from examples.creator_reviews.executions import Execution, Executions, once_only
from examples.creator_reviews.keeper import Keeper
from examples.creator_reviews.reading import Review, ReviewReader
from examples.creator_reviews.refusals import NotOpen
from examples.creator_reviews.reviews import Reviews, checked_text
from examples.creator_reviews.tools.tool import Texts


class UserActs:
    """Each act is in the name of the user who is given."""

    def __init__(
        self,
        *,
        hand: Handraise,
        catalog: Catalog,
        executions: Executions,
        reviews: Reviews,
        reader: ReviewReader,
        keeper: Keeper,
        ask_soon: Callable[[], None],
    ) -> None:
        """`ask_soon` has the creator asked, by whoever does so."""
        self._hand = hand
        self._catalog = catalog
        self._executions = executions
        self._reviews = reviews
        self._reader = reader
        self._keeper = keeper
        self._ask_soon = ask_soon

    async def run(
        self, user: User, agent_id: str, inputs: Texts, parameters: Texts, once: str
    ) -> str:
        """Run an agent; the execution's id. Raises what `Executions.run` raises, NotThere."""
        agent = await self._catalog.agent(agent_id)
        return await self._executions.run(agent, user, inputs, parameters, once)

    async def ask(self, user: User, execution_id: str, note: str) -> str:
        """Ask the creator for a review; its id. Raises what `Reviews.ask` raises, NotThere."""
        execution, agent = await self._own(user, execution_id)
        review_id = await self._reviews.ask(execution, agent, note)
        self._ask_soon()
        return review_id

    async def write(self, user: User, execution_id: str, text: str, once: str) -> None:
        """Write to the creator, while the review is open; the same `once` is the same message.

        Raises:
            NotOpen, NotThere, Wrong: there is no open review, or nothing to say.
        """
        said = checked_text(text, "something")
        review, request_id = await self._open_review(user, execution_id)
        key = once_only(f"{user.id}/{review.id}", once)
        try:
            request = await self._hand.comment(request_id, said, idempotency_key=key)
        except Conflict as refusal:
            await self._keeper.catch_up(review.id, request_id)
            raise NotOpen(refusal.detail or refusal.title) from None
        await self._keeper.catch_up(review.id, request_id, request.version)

    async def withdraw(self, user: User, execution_id: str) -> None:
        """Take the question back; if the creator was quicker, their answer stands.

        Raises NotOpen, NotThere.
        """
        review, request_id = await self._open_review(user, execution_id)
        try:
            request = await self._hand.cancel(request_id, "The user withdrew it")
        except Conflict:
            await self._keeper.catch_up(review.id, request_id)
            return
        await self._keeper.catch_up(review.id, request_id, request.version)

    async def _own(self, user: User, execution_id: str) -> tuple[Execution, Agent]:
        execution = await self._executions.get(execution_id, user.id)
        return execution, await self._catalog.agent(execution.agent_id)

    async def _open_review(self, user: User, execution_id: str) -> tuple[Review, str]:
        execution = await self._executions.get(execution_id, user.id)
        review = await self._reader.latest_of(execution.id)
        if review is None or not review.is_open:
            raise NotOpen("There is no open review of this")
        if review.request_id is None:
            raise NotOpen("The question is on its way to the creator: try again in a moment")
        return review, review.request_id
