"""What creators do with the reviews they are asked for, in their own name at Handraise."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from handraise import Handraise, Request
from handraise.errors import Conflict
from handraise.verbs import Reaction

from examples.creator_reviews.catalog import Catalog, User
from examples.creator_reviews.executions import once_only
from examples.creator_reviews.keeper import Keeper
from examples.creator_reviews.reading import Review, ReviewReader
from examples.creator_reviews.refusals import NotOpen, NotThere, Wrong
from examples.creator_reviews.reruns import Reruns
from examples.creator_reviews.reviews import checked_text
from examples.creator_reviews.standing import OUTPUT, PARAMETERS, ReviewStatus
from examples.creator_reviews.tools.tool import Texts


class Decision(StrEnum):
    """What a creator can decide: the words of the kind."""

    EDIT = "edit"
    RERUN = "rerun"
    REPLY = "reply"
    DECLINE = "decline"


_NEEDS_NOTE = (Decision.REPLY, Decision.DECLINE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a creator ends a review: what they decide, what they say, the output as they wrote it."""

    decision: Decision
    note: str
    output: str


class CreatorActs:
    """Each act is in the name of the creator who is given."""

    def __init__(
        self,
        *,
        hand: Handraise,
        catalog: Catalog,
        reader: ReviewReader,
        reruns: Reruns,
        keeper: Keeper,
        tell: Callable[[str], None],
    ) -> None:
        """`tell` has the creator's own pages renewed."""
        self._hand = hand
        self._catalog = catalog
        self._reader = reader
        self._reruns = reruns
        self._keeper = keeper
        self._tell = tell

    async def review(self, creator: User, review_id: str) -> Review:
        """A review that the creator was asked for. Raises NotThere."""
        review = await self._reader.get(review_id)
        if review.creator_id != creator.id:
            raise NotThere("There is no such review")
        return review

    async def take(self, creator: User, review_id: str) -> None:
        """Begin to work on a review, so that its user sees it. Raises NotOpen, NotThere."""
        review, request_id = await self._open(creator, review_id)
        if review.review_status != ReviewStatus.PENDING:
            return
        try:
            request = await self._as(creator).claim(request_id)
        except Conflict:
            await self._keeper.catch_up(review_id, request_id)
            return
        await self._keeper.catch_up(review_id, request_id, request.version)

    async def write(self, creator: User, review_id: str, text: str, once: str) -> None:
        """Write to the user; the review stays open. Raises NotOpen, NotThere, Wrong."""
        said = checked_text(text, "something")
        await self.take(creator, review_id)
        _, request_id = await self._open(creator, review_id)
        key = once_only(f"{creator.id}/{review_id}", once)
        try:
            request = await self._as(creator).comment(request_id, said, idempotency_key=key)
        except Conflict as refusal:
            raise await self._over(review_id, request_id, refusal) from None
        await self._keeper.catch_up(review_id, request_id, request.version)

    async def rerun(self, creator: User, review_id: str, parameters: Texts, once: str) -> None:
        """Run the agent again with these parameters, free of charge; the user sees nothing yet.

        Raises NotOpen, NotThere, Wrong.
        """
        await self.take(creator, review_id)
        review, _ = await self._open(creator, review_id)
        agent = await self._catalog.agent(review.agent_id)
        await self._reruns.run(agent.tool, review, parameters, once)
        self._tell(creator.id)

    async def deliver(self, creator: User, review_id: str, delivery: Delivery, once: str) -> None:
        """End a review. Raises NotOpen (somebody or the clock was quicker), NotThere, Wrong."""
        review, request_id = await self._open(creator, review_id)
        hand = self._as(creator)
        request = await hand.get(request_id)
        reaction = await self._reaction(review, request, delivery)
        reaction["idempotency_key"] = once_only(f"{creator.id}/{review_id}", once)
        try:
            ended = await hand.respond(request_id, **reaction)
        except Conflict as refusal:
            raise await self._over(review_id, request_id, refusal) from None
        await self._keeper.catch_up(review_id, request_id, ended.version)

    async def _reaction(self, review: Review, request: Request, delivery: Delivery) -> Reaction:
        note = delivery.note.strip()
        if note or delivery.decision in _NEEDS_NOTE:
            note = checked_text(note, "what the user should know")
        reaction = Reaction(
            decision=delivery.decision.value,
            comment=note,
            revision=request.revision or 1,
            content_hash=request.content_hash or "",
        )
        if delivery.decision is Decision.EDIT:
            output = delivery.output.replace("\r\n", "\n")
            if not output.strip():
                raise Wrong("The output is empty")
            reaction["edited"] = _edited(request, output)
        if delivery.decision is Decision.RERUN:
            rerun = await self._reader.last_rerun(review.id)
            if rerun is None:
                raise Wrong("Run it again first")
            reaction["data"] = {PARAMETERS: rerun.parameters}
        return reaction

    async def _open(self, creator: User, review_id: str) -> tuple[Review, str]:
        review = await self.review(creator, review_id)
        if not review.is_open:
            raise NotOpen("This review is over")
        if review.request_id is None:
            raise NotOpen("The question is still on its way; try again in a moment")
        return review, review.request_id

    async def _over(self, review_id: str, request_id: str, refusal: Conflict) -> NotOpen:
        await self._keeper.catch_up(review_id, request_id)
        return NotOpen(refusal.detail or refusal.title)

    def _as(self, creator: User) -> Handraise:
        return self._hand.acting_for(creator.person_id or "")


def _edited(request: Request, output: str) -> dict[str, Any]:
    return {**(request.context or {}), OUTPUT: output}
