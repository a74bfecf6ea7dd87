"""The durable side of a review: asks the creator through Handraise, and acts on the end."""

from typing import Any

from handraise import Agent, Finished, NextEvent, answer_in
from handraise.errors import Refused
from handraise.steps import Step

from examples.creator_reviews.catalog import Catalog
from examples.creator_reviews.keeper import Keeper
from examples.creator_reviews.question import question_about
from examples.creator_reviews.reading import ReviewReader
from examples.creator_reviews.refusals import NotOffered
from examples.creator_reviews.standing import never_taken

REVIEW_ENDED = "creator_review.ended"


class Inquiry(Agent):
    """A workflow for each review, under the review's id."""

    agent_id = "creator-reviews"
    catalog: Catalog
    reader: ReviewReader
    keeper: Keeper

    async def ask(self, review_id: str) -> None:
        """Ask, once, however often this is called; where Handraise says no, the review ends.

        Raises HandraiseError while Handraise is away.
        """
        try:
            state = await self.start({}, workflow_id=review_id)
        except (Refused, NotOffered) as refusal:
            if isinstance(refusal, Refused) and refusal.retriable:
                raise
            await self.keeper.take_in(review_id, never_taken(str(refusal)))
            return
        for one in state.open_requests:
            if one.request_id is not None:
                await self.keeper.catch_up(review_id, one.request_id)

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Ask the creator."""
        review = await self.reader.get(workflow_id)
        if not review.is_open:
            return Finished()
        agent = await self.catalog.agent(review.agent_id)
        creator = await self.catalog.user(agent.creator_id)
        if creator.person_id is None:
            raise NotOffered(f"{creator.name} is not known to Handraise")
        execution = await self.reader.execution_of(review)
        user = await self.catalog.user(review.user_id)
        note = review.review_request_note
        return await self.pause(
            workflow_id,
            {},
            at="review",
            **question_about(agent, user, creator.person_id, execution, note),
        )

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Whatever the end is, the review follows the request."""
        request = answer_in(state).request
        await self.keeper.catch_up(workflow_id, request.id, request.version)
        return Finished((NextEvent(REVIEW_ENDED, {"outcome": request.outcome}),))
