"""The agent: takes an account through its warm-up, asks people about failures, and goes on."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast, get_args

from handraise import (
    Agent,
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    Failed,
    Finished,
    Handraise,
    NextEvent,
    TimedOut,
    answer_in,
)
from handraise.models import Json, Priority
from handraise.steps import Step
from handraise.storage import Store

from examples.bot_recovery.attempting import Attempts
from examples.bot_recovery.failures import FailureType
from examples.bot_recovery.reviews import Failure, Reviews
from examples.bot_recovery.settings import Settings
from examples.bot_recovery.tracking import Resolution, ResolutionTrackingService
from examples.bot_recovery.warmup import Solution

WARMED_UP, GIVEN_UP = "account.warmed_up", "account.given_up"

_LAST_ACTIONS = 12
_PRIORITIES: tuple[Priority, ...] = get_args(Priority)


class WarmUpAgent(Agent):
    """One workflow is one account's way through the warm-up.

    Nothing but a decision ends a question for good: one that timed out or was withdrawn is asked
    anew, one priority higher.
    """

    agent_id = "warm-up-bot"

    def __init__(
        self,
        hand: Handraise,
        store: Store,
        *,
        attempts: Attempts,
        reviews: Reviews,
        tracking: ResolutionTrackingService,
        settings: Settings,
        callback_webhook: str,
        review_page: str,
        names: dict[str, str],
    ) -> None:
        """`review_page` is where failures are shown, by id; `names` are people's, by their id."""
        super().__init__(hand, store, callback_webhook=callback_webhook)
        self._attempts = attempts
        self._reviews = reviews
        self._tracking = tracking
        self._settings = settings
        self._review_page = review_page
        self._names = names

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """The first leg: as far as the account comes by itself."""
        return await self._go_on(workflow_id, state["account_id"])

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Do what a person decided, and go on; ask anew where nobody did."""
        failure = await self._reviews.get(state["failure_id"])
        assert failure is not None, "a question is about a failure"
        asked = int(state["ask"])
        match answer_in(state):
            case Answered(decision, comment, data, responder_id=who):
                said: dict[str, Any] = data if isinstance(data, dict) else {}
                found = self._resolution(_solution(decision, said), who, comment)
                found = replace(found, text=said.get("text") or None)
                return await self._resolved(workflow_id, failure, found)
            case CouldNotComplete(comment, responder_id=who):
                found = self._resolution(Solution.CANNOT_FIX, who, comment)
                return await self._resolved(workflow_id, failure, found)
            case TimedOut():
                why = "Nobody answered in time"
            case Cancelled(reason):
                why = f"The question was withdrawn ({reason or 'without a reason'})"
            case ChangesRequested(comment, request=request):
                await self.withdraw(request, "It is asked anew")
                why = f"Something else was wanted: {comment}"
        return await self._ask(workflow_id, failure, asked + 1, why)

    def _resolution(self, solution: Solution, who: str | None, comment: str | None) -> Resolution:
        person = who or "somebody"
        return Resolution(
            solution=solution,
            who=person,
            who_name=self._names.get(person, person),
            notes=comment or "",
        )

    async def _resolved(self, workflow_id: str, failure: Failure, found: Resolution) -> Step:
        await self._tracking.resolve(failure, found)
        if found.solution is Solution.CANNOT_FIX:
            about = {"username": failure.username, "phase": failure.phase, "notes": found.notes}
            words = f"{failure.username} can't be fixed: {found.notes}"
            return Failed(words, (NextEvent(GIVEN_UP, about),))
        return await self._go_on(workflow_id, failure.account_id)

    async def _go_on(self, workflow_id: str, account_id: int) -> Step:
        failure = await self._attempts.until_failure(account_id)
        if failure is not None:
            return await self._ask(workflow_id, failure, failure.asks, failure.why)
        return Finished((NextEvent(WARMED_UP, {"account_id": account_id}),))

    async def _ask(self, workflow_id: str, failure: Failure, ask: int, why: str) -> Step:
        """Ask people about a failure for the `ask`th time; asking twice asks once."""
        priority = _raised(failure.priority, ask - failure.asks)
        checkpoint = f"{failure.id}/{ask}"
        kind = FailureType(failure.type)
        paused = await self.pause(
            workflow_id,
            {"account_id": failure.account_id, "failure_id": failure.id, "ask": ask},
            at=checkpoint,
            title=f"{failure.username}: {kind.spoken} in {failure.phase.replace('_', ' ')}",
            description=f"{why} {self._review_page}/{failure.id} shows all of it.".strip(),
            kind="failed_operation",
            context=await self._context(failure, why),
            priority=priority,
            principal_id=failure.username,
            routing={"channels": list(self._settings.failures[kind].channels)},
            attachments=await self._picture(failure),
        )
        state = await self.workflow(workflow_id)
        opened = {one.checkpoint_id: one.request_id for one in state.open_requests} if state else {}
        if request_id := opened.get(checkpoint):
            await self._reviews.note_asked(failure.id, ask, priority, request_id)
        return paused

    async def _context(self, failure: Failure, why: str) -> Json:
        actions = await self._attempts.actions_before(failure)
        return {
            "account": {
                "username": failure.username,
                "phase": failure.phase,
                "status": failure.account_status,
            },
            "failure": {
                "type": failure.type,
                "message": failure.reason,
                "at": failure.at.astimezone(UTC).isoformat(),
                "retry_count": failure.retry_count,
                "page": failure.url,
                "why_a_person_is_asked": why,
            },
            "last_actions": [
                {
                    "at": one.at.astimezone(UTC).strftime("%H:%M:%S"),
                    "action": one.action,
                    "status": "ok" if one.ok else "failed",
                    "by": one.actor,
                    **({"target": one.target} if one.target else {}),
                    **({"detail": one.detail} if one.detail else {}),
                }
                for one in actions[-_LAST_ACTIONS:]
            ],
            "page_text": failure.page_text,
        }

    async def _picture(self, failure: Failure) -> list[str]:
        attachment_id = failure.attachment_id
        if attachment_id is None and failure.has_screenshot:
            picture = await self._reviews.screenshot(failure.id)
            assert picture is not None, "a picture stays"
            name = f"{failure.username}-{datetime.now(UTC):%H%M%S}.png"
            put = await self.hand.attach(picture, name=name, media_type="image/png")
            attachment_id = put.id
            await self._reviews.note_attachment(failure.id, attachment_id)
        return [attachment_id] if attachment_id else []


def _solution(decision: str, said: Json) -> Solution:
    """What a decision is in the log; a retry after something was mended is not a blind one."""
    if decision == Solution.RETRY and (said.get("mended") or said.get("text")):
        return Solution.MENDED_RETRY
    return Solution(decision)


def _raised(priority: str, steps: int) -> Priority:
    """The priority so many steps higher, as far as it goes."""
    place = _PRIORITIES.index(cast(Priority, priority)) + max(0, steps)
    return _PRIORITIES[min(place, len(_PRIORITIES) - 1)]
