"""Between reels and Handraise: asks, decides in an owner's name, and catches up after a crash.

Whichever way a decision comes, Handraise judges it. What it has taken is acted on at once here; the
callback then finds it done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from handraise import Handraise, HandraiseError, Request
from handraise.errors import Conflict, Invalid, Refused

from examples.reel_scripts import store
from examples.reel_scripts.approval import ScriptApproval, script_revision_in
from examples.reel_scripts.model import Account, Approval, Refusal, Whole
from examples.reel_scripts.rewriting.port import RewriterAway

_log = logging.getLogger(__name__)

_LOOKS, _LOOK_PAUSE_SECONDS = 50, 0.1


class Asking:
    """Puts scripts before their owners and takes in what they say."""

    def __init__(
        self,
        pool: Any,
        agent: ScriptApproval,
        hand: Handraise,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pool = pool
        self._agent = agent
        self._hand = hand
        self._sleep = sleep

    async def put_before_owner(self, reel_id: int) -> None:
        """Ask the open round's question, if it is not asked; Handraise away, it is asked later."""
        found = await store.whole(self._pool, reel_id)
        round_ = found.approval
        if round_ is None or round_.state != "open" or round_.request_id is not None:
            return
        try:
            await self._agent.start(
                {"reel_id": reel_id, "round": round_.round}, workflow_id=round_.workflow_id
            )
        except HandraiseError:
            _log.warning("Reel %s waits for Handraise", reel_id, exc_info=True)

    async def catch_up(self) -> None:
        """Ask what was not asked, and take in what was answered while nobody listened."""
        await self._agent.recover()
        for round_ in await store.open_rounds(self._pool):
            try:
                await self._catch_up_with(round_)
            except HandraiseError:
                _log.warning("Reel %s waits for Handraise", round_.reel_id, exc_info=True)
            except RewriterAway:
                _log.warning("Reel %s waits for the rewriter", round_.reel_id, exc_info=True)

    async def _catch_up_with(self, round_: Approval) -> None:
        if round_.request_id is None:
            await self.put_before_owner(round_.reel_id)
            return
        request = await self._hand.get(round_.request_id)
        if request.is_closed or request.wants_changes:
            await self._agent.accept(request)

    async def decide(
        self,
        account: Account,
        request: Request,
        decision: str,
        comment: str | None,
        edited: dict[str, Any] | None,
    ) -> None:
        """Decide in the owner's name about exactly what the request shows, and act on it."""
        try:
            taken = await self._hand.acting_for(account.person_id).respond(
                request.id,
                decision=decision,
                comment=comment or "",
                edited=edited,
                revision=request.revision or 1,
                content_hash=request.content_hash or "",
                idempotency_key=f"{request.id}/{request.revision}/{decision}",
            )
        except (Conflict, Invalid) as refused:
            raise Refusal(409, refused.code or "refused", str(refused)) from refused
        except Refused as refused:
            raise Refusal(refused.status, refused.code or "refused", str(refused)) from refused
        now = await self._hand.get(request.id, min_version=taken.version)
        try:
            if now.is_closed or now.wants_changes:
                await self._agent.accept(now)
        except RewriterAway as away:
            raise Refusal(503, "rewriter_away", f"{away}. It is tried again.") from away

    async def question(self, found: Whole) -> Request:
        """The request as it asks about the current revision; the view may lag for a moment."""
        await self.put_before_owner(found.reel.id)
        round_ = (await store.whole(self._pool, found.reel.id)).approval
        for _ in range(_LOOKS):
            if round_ is None or round_.request_id is None:
                break
            request = await self._hand.get(round_.request_id)
            asked = script_revision_in(request)
            if asked > found.current.number:
                raise Refusal(409, "stale_revision", f"The script is at revision {asked} by now.")
            if asked == found.current.number and not request.wants_changes:
                return request
            await self._sleep(_LOOK_PAUSE_SECONDS)
        raise Refusal(503, "not_asked_yet", "This script is not before its owner yet. Try again.")
