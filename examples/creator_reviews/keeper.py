"""Keeps reviews as their requests at Handraise are."""

from collections.abc import Callable

from handraise import Handraise

from examples.creator_reviews.reviews import Concerned, Reviews
from examples.creator_reviews.standing import Standing, sayings_of, standing_of


class Keeper:
    """Reads a request with its history, takes it in, and tells of what was new."""

    def __init__(
        self, hand: Handraise, reviews: Reviews, tell: Callable[[Concerned], None]
    ) -> None:
        self._hand = hand
        self._reviews = reviews
        self._tell = tell

    async def catch_up(
        self, review_id: str, request_id: str, min_version: int | None = None
    ) -> None:
        """Bring a review to where its request is, at least to this version of it."""
        request = await self._hand.get(request_id, min_version=min_version)
        history = await self._hand.history(request_id)
        concerned = await self._reviews.bring_up_to_date(
            review_id, standing_of(request), sayings_of(history)
        )
        if concerned is not None:
            self._tell(concerned)

    async def take_in(self, review_id: str, standing: Standing) -> None:
        """Take in what no request says."""
        concerned = await self._reviews.bring_up_to_date(review_id, standing)
        if concerned is not None:
            self._tell(concerned)
