"""Keeps reviews as their requests at Handraise are."""

import asyncio
from collections.abc import Callable

from handraise import Handraise, HandraiseError, Request
from handraise.models import HistoryEntry

from examples.creator_reviews.reviews import Concerned, Reviews
from examples.creator_reviews.standing import Standing, sayings_of, standing_of

_TRIES, _PAUSE_SECONDS = 50, 0.1


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
        history = await self._history_of(request)
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

    async def _history_of(self, request: Request) -> tuple[HistoryEntry, ...]:
        """The history up to the request's version; the two views may lag apart for a moment."""
        for _ in range(_TRIES):
            history = await self._hand.history(request.id)
            if history and (history[-1].version or 0) >= (request.version or 0):
                return history
            await asyncio.sleep(_PAUSE_SECONDS)
        raise _Lagging(f"The history of {request.id} does not reach version {request.version}")


class _Lagging(HandraiseError):
    """One view of Handraise is far behind the other."""

    retriable = True
