"""The creative engine: approves creatives by itself where it may, and else asks people."""

from typing import Any

from handraise import Failed, Finished, Handraise, answer_in
from handraise.steps import Step
from handraise.storage import Store

from examples.ad_tasks.asker import Asker
from examples.ad_tasks.config import Config
from examples.ad_tasks.creatives import Creative, Creatives
from examples.ad_tasks.decided import Decided, decided_by
from examples.ad_tasks.flags import flags_of_creative
from examples.ad_tasks.tasks import Resolution, TaskType


class CreativeEngine(Asker):
    """Evaluates creatives: first compliance, where they are flagged, then their format."""

    agent_id = "creative-engine"

    def __init__(
        self, hand: Handraise, store: Store, callback_webhook: str, config: Config, pool: Any
    ) -> None:
        super().__init__(hand, store, callback_webhook)
        self._config = config
        self.creatives = Creatives(pool)

    async def evaluate(self, creative: Creative) -> Creative:
        """Evaluate a creative; afterwards it is approved, or names the task it waits for."""
        await self.start({"creative_id": creative.creative_id}, workflow_id=creative.workflow_id)
        return await self.creatives.get(creative.creative_id)

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Approve the creative, or ask."""
        creative = await self.creatives.get(state["creative_id"])
        flags = [] if creative.cleared else flags_of_creative(creative.content, self._config)
        if flags:
            return await self._ask_compliance(workflow_id, creative, flags)
        return await self._by_format(workflow_id, creative)

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Do as the person said; where nobody said anything, the review has failed."""
        creative_id = str(state["creative_id"])
        decided = decided_by(answer_in(state))
        match decided.resolution:
            case Resolution.APPROVED if decided.task_type is TaskType.COMPLIANCE_REVIEW:
                await self.creatives.decide(creative_id, decided, clears=True)
                return await self._by_format(workflow_id, await self.creatives.get(creative_id))
            case Resolution.APPROVED:
                return await self._end(creative_id, decided, "approved", "Approved by a person")
            case Resolution.REJECTED:
                return await self._end(creative_id, decided, "rejected", "Rejected")
            case _:
                await self._end(creative_id, decided, "review_failed", decided.why_failed)
                return Failed(decided.why_failed)

    async def _by_format(self, workflow_id: str, creative: Creative) -> Step:
        if creative.format_id in self._config.auto_approve_formats:
            await self.creatives.set_status(
                creative.creative_id, "approved", "The format is approved by itself"
            )
            return Finished(result={"approval_status": "approved"})
        return await self._ask(
            workflow_id,
            creative,
            TaskType.CREATIVE_APPROVAL,
            title=f"May this creative run? {creative.creative_id} ({creative.format_id})",
            priority="medium",
        )

    async def _ask_compliance(self, workflow_id: str, creative: Creative, flags: list[str]) -> Step:
        return await self._ask(
            workflow_id,
            creative,
            TaskType.COMPLIANCE_REVIEW,
            title=f"Creative {creative.creative_id} {'; '.join(flags)}",
            details={"flag": flags[0]},
            error_detail="; ".join(flags),
        )

    async def _ask(
        self, workflow_id: str, creative: Creative, task_type: TaskType, **wanted: Any
    ) -> Step:
        details = {"format_id": creative.format_id, **wanted.pop("details", {})}
        about = {
            "creative_id": creative.creative_id,
            "media_buy_id": creative.media_buy_id,
            "content": dict(creative.content),
            "details": details,
            **wanted,
        }
        paused, task_id = await self.put(
            workflow_id,
            {"creative_id": creative.creative_id},
            task_type,
            creative.principal_id,
            about,
        )
        await self.creatives.set_status(
            creative.creative_id,
            "pending_review",
            f"Task {task_id} created for manual review",
            task_id,
        )
        return paused

    async def _end(self, creative_id: str, decided: Decided, status: str, otherwise: str) -> Step:
        detail = otherwise if decided.is_failed else decided.detail or otherwise
        await self.creatives.decide(creative_id, decided, status=status, detail=detail)
        return Finished(result={"approval_status": status})
