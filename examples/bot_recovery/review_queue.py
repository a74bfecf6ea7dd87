"""ReviewQueueService: what waits for people, and the way of their answers to Handraise."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handraise import Handraise, HandraiseError, Request
from handraise.errors import AlreadyDecided, Conflict, Refused

from examples.bot_recovery.failures import LastAction
from examples.bot_recovery.pipeline import Pipeline
from examples.bot_recovery.reviews import Failure, Filters, QueueRow, Reviews
from examples.bot_recovery.warmup import Phase, Solution

DECISIONS = (Solution.RETRY, Solution.SKIP_PHASE, Solution.RESET_ACCOUNT, Solution.CANNOT_FIX)
NEEDS_NOTES = (Solution.RESET_ACCOUNT, Solution.CANNOT_FIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a manager decided; `mended` says that something was put right at the site before."""

    decision: Solution
    notes: str = ""
    mended: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one answer."""

    username: str
    ok: bool
    said: str


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one failure; `request` is None while Handraise does not answer."""

    failure: Failure
    phases: Sequence[Phase]
    timeline: Sequence[LastAction]
    since: Sequence[LastAction]
    request: Request | None

    @property
    def text(self) -> str | None:
        """What the phase wants to post, where it posts something."""
        here = next(one for one in self.phases if one.name == self.failure.phase)
        return here.content.get("text")


class ReviewQueueService:
    """Reads the queue from the tables; answers go to Handraise in the name of who gave them."""

    def __init__(self, hand: Handraise, reviews: Reviews, pipeline: Pipeline) -> None:
        self._hand = hand
        self._reviews = reviews
        self._pipeline = pipeline

    async def queue(self, filters: Filters) -> list[QueueRow]:
        """Who waits, the most urgent first."""
        return await self._reviews.queue(filters)

    async def detail(self, failure_id: str) -> Detail | None:
        """A failure with the account's whole timeline, before it and since."""
        failure = await self._reviews.get(failure_id)
        if failure is None:
            return None
        before = await self._pipeline.timeline(failure.account_id, failure.up_to_action)
        everything = await self._pipeline.timeline(failure.account_id)
        return Detail(
            failure,
            await self._pipeline.phases(failure.account_id),
            before,
            everything[len(before) :],
            await self._request(failure),
        )

    async def screenshot(self, failure_id: str) -> bytes | None:
        """What the bot saw: a PNG."""
        return await self._reviews.screenshot(failure_id)

    async def access_token(self, failure_id: str) -> str | None:
        """What lets a manager in at the site as the account that failed."""
        failure = await self._reviews.get(failure_id)
        if failure is None:
            return None
        return (await self._pipeline.account(failure.account_id)).access_token

    async def resolve(self, failure_id: str, decided: Decided, person_id: str) -> Result:
        """Give a person's answer; a second click on the same button changes nothing."""
        failure = await self._reviews.get(failure_id)
        if failure is None:
            return Result(failure_id, False, "There is no such failure")
        if decided.decision in NEEDS_NOTES and not decided.notes:
            return Result(failure.username, False, "This needs a note that says why")
        if failure.request_id is None:
            words = "Nobody has been asked yet; the watchdog sees to it in a moment"
            return Result(failure.username, False, words)
        data: Mapping[str, Any] = {"mended": decided.mended} | (
            {"text": decided.text} if decided.text else {}
        )
        told = f"{failure.request_id} {person_id} {decided}"
        try:
            await self._hand.acting_for(person_id).respond(
                failure.request_id,
                decision=decided.decision,
                comment=decided.notes,
                data=data,
                revision=1,
                idempotency_key=hashlib.sha256(told.encode()).hexdigest(),
            )
        except HandraiseError as refusal:
            return Result(failure.username, False, _spoken(refusal))
        return Result(failure.username, True, "Accepted; the bot goes on by itself")

    async def resolve_all(
        self, failure_ids: Sequence[str], decided: Decided, person_id: str
    ) -> list[Result]:
        """Give the same answer about several, each for itself: one refusal stops no other."""
        return list(
            await asyncio.gather(
                *(self.resolve(one, decided, person_id) for one in dict.fromkeys(failure_ids))
            )
        )

    async def _request(self, failure: Failure) -> Request | None:
        if failure.request_id is None:
            return None
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._hand.get(failure.request_id)
        except (HandraiseError, TimeoutError):
            return None


_LOOK_SECONDS = 2


def _spoken(refusal: HandraiseError) -> str:
    match refusal:
        case AlreadyDecided():
            return "Somebody else has answered this already"
        case Conflict() | Refused():
            return refusal.detail or refusal.title
        case _:
            return f"Handraise does not take it now: {refusal}"
