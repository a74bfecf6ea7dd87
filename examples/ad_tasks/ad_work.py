"""Does operations at ad servers; what they refuse, or what is missing for them, people settle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from handraise import Failed, Finished, Handraise, answer_in
from handraise.steps import Step
from handraise.storage import Store

from examples.ad_tasks.adapter_configs import NEEDS, AdapterConfig, AdapterConfigs
from examples.ad_tasks.adapters import Away, GoogleAdManager, NoCredential, NotPossible
from examples.ad_tasks.applying import applied_once
from examples.ad_tasks.asker import Asker
from examples.ad_tasks.config import Config
from examples.ad_tasks.decided import Decided, decided_by
from examples.ad_tasks.flags import flags_of_targeting
from examples.ad_tasks.masking import masked
from examples.ad_tasks.media_buys import MediaBuy, MediaBuys
from examples.ad_tasks.operations import Operation, Operations
from examples.ad_tasks.tasks import Resolution, TaskType


@dataclass(frozen=True, slots=True)
class AdTools:
    """What the work at ad servers reads, changes and calls."""

    pool: Any
    buys: MediaBuys
    operations: Operations
    configs: AdapterConfigs
    adapters: Mapping[str, GoogleAdManager]


class AdServerWork(Asker):
    """Carries out operations; each round of one is a workflow."""

    agent_id = "ad-server-work"

    def __init__(
        self,
        hand: Handraise,
        store: Store,
        callback_webhook: str,
        config: Config,
        *,
        tools: AdTools,
    ) -> None:
        super().__init__(hand, store, callback_webhook)
        self._config = config
        self.tools = tools

    async def carry_out(self, operation: Operation) -> Operation:
        """Begin a round; afterwards the operation is at its end, or says what it waits for."""
        state = {"operation_id": operation.operation_id, "asked": operation.asked}
        await self.start(state, workflow_id=operation.workflow_id)
        return await self.tools.operations.get(operation.operation_id)

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Ask compliance where the targeting is flagged; else do it."""
        operation, buy = await self._read(state)
        flags = [] if operation.cleared else flags_of_targeting(buy.targeting, self._config)
        if flags and operation.operation == "create_line_item":
            return await self._ask_compliance(workflow_id, operation, buy, flags)
        return await self._attempt(workflow_id, operation, buy)

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Do as the person said, and try again by itself where that may help now."""
        operation, buy = await self._read(state)
        decided = decided_by(answer_in(state))
        match decided.task_type, decided.resolution:
            case TaskType.COMPLIANCE_REVIEW, Resolution.APPROVED:
                await self.tools.operations.clear(operation, decided)
            case TaskType.CONFIGURATION_REQUIRED, Resolution.COMPLETED:
                await self.tools.configs.fill_in(buy.adapter_name, buy.principal_id, decided)
            case TaskType.PERMISSION_EXCEPTION, Resolution.APPROVED:
                await self._note(decided)
            case TaskType.PERMISSION_EXCEPTION, Resolution.COMPLETED:
                return await self._done_by_hand(operation, decided)
            case _, Resolution.REJECTED:
                return await self._refused(operation, decided)
            case _:
                await self._note(decided)
                return await self._fail(operation, decided.why_failed)
        return await self._attempt(workflow_id, *await self._read(state))

    async def _attempt(self, workflow_id: str, operation: Operation, buy: MediaBuy) -> Step:
        if operation.status == "done":
            return Finished(result={"status": "done"})
        config = await self.tools.configs.get(buy.adapter_name, buy.principal_id)
        if config.missing_settings or config.missing_secrets:
            return await self._ask_configuration(workflow_id, operation, buy, config, "")
        try:
            line_item = await self.tools.adapters[buy.adapter_name].call(config, operation, buy)
        except PermissionError as refused:
            return await self._ask_permission(workflow_id, operation, buy, str(refused))
        except NoCredential as refused:
            await self.tools.configs.drop_secrets(buy.adapter_name, buy.principal_id)
            config = await self.tools.configs.get(buy.adapter_name, buy.principal_id)
            return await self._ask_configuration(
                workflow_id, operation, buy, config, masked(str(refused))
            )
        except Away as away:
            return await self._put_off(operation, masked(str(away)))
        except NotPossible as refused:
            return await self._fail(operation, masked(str(refused)))
        await self.tools.operations.ends(
            operation, "done", f"Done at {buy.adapter_name}", line_item
        )
        return Finished(result={"status": "done"})

    async def _ask_compliance(
        self, workflow_id: str, operation: Operation, buy: MediaBuy, flags: list[str]
    ) -> Step:
        wanted = {
            "title": f"Media buy {buy.media_buy_id} {'; '.join(flags)}",
            "content": dict(buy.targeting),
            "error_detail": "; ".join(flags),
            "details": {"flag": flags[0], "name": buy.name},
        }
        return await self._ask(workflow_id, operation, buy, TaskType.COMPLIANCE_REVIEW, wanted)

    async def _ask_permission(
        self, workflow_id: str, operation: Operation, buy: MediaBuy, error: str
    ) -> Step:
        wanted = {
            "title": f"{buy.adapter_name} refused {operation.operation} for {buy.media_buy_id}",
            "priority": "high",
            "error_detail": error,
            "details": {
                "name": buy.name,
                "budget_cents": buy.budget_cents,
                "targeting": dict(buy.targeting),
            },
            "form": _LINE_ITEM_FORM,
        }
        return await self._ask(workflow_id, operation, buy, TaskType.PERMISSION_EXCEPTION, wanted)

    async def _ask_configuration(
        self,
        workflow_id: str,
        operation: Operation,
        buy: MediaBuy,
        config: AdapterConfig,
        error: str,
    ) -> Step:
        lacks = [*config.missing_settings, *config.missing_secrets]
        wanted = {
            "title": f"{buy.adapter_name} of {buy.principal_id} lacks {', '.join(lacks)}",
            "priority": "high",
            "error_detail": error or f"Missing: {', '.join(lacks)}",
            "details": {
                "missing_settings": config.missing_settings,
                "missing_secrets": config.missing_secrets,
                "where_secrets_go": self._page(buy),
            },
            "form": _settings_form(buy.adapter_name, config),
        }
        return await self._ask(workflow_id, operation, buy, TaskType.CONFIGURATION_REQUIRED, wanted)

    def _page(self, buy: MediaBuy) -> str:
        """Where a person puts secrets in: beside the address at which we are called back."""
        own = self.runtime.callback_webhook or ""
        return urljoin(own, f"/adapters/{buy.adapter_name}/{buy.principal_id}/secrets")

    async def _ask(
        self,
        workflow_id: str,
        operation: Operation,
        buy: MediaBuy,
        task_type: TaskType,
        wanted: Mapping[str, Any],
    ) -> Step:
        if operation.asked >= self._config.questions_per_operation:
            return await self._fail(operation, f"People were asked {operation.asked} times")
        about = {
            "adapter_name": buy.adapter_name,
            "media_buy_id": buy.media_buy_id,
            "operation": operation.operation,
            **wanted,
        }
        state = {"operation_id": operation.operation_id, "asked": operation.asked + 1}
        paused, task_id = await self.put(workflow_id, state, task_type, buy.principal_id, about)
        is_review = task_type is TaskType.COMPLIANCE_REVIEW
        status = "pending_review" if is_review else "pending_manual"
        await self.tools.operations.waits(operation, status, task_id, operation.asked + 1)
        return paused

    async def _done_by_hand(self, operation: Operation, decided: Decided) -> Step:
        await self._note(decided)
        made = decided.data.get("line_item_id")
        detail = f"Done by hand: {decided.detail or 'without a word'}"
        await self.tools.operations.ends(operation, "done", detail, str(made) if made else None)
        return Finished(result={"status": "done"})

    async def _refused(self, operation: Operation, decided: Decided) -> Step:
        await self._note(decided)
        await self.tools.operations.ends(operation, "rejected", decided.detail or "Rejected")
        return Finished(result={"status": "rejected"})

    async def _fail(self, operation: Operation, why: str) -> Step:
        await self.tools.operations.ends(operation, "failed", why)
        return Failed(why)

    async def _put_off(self, operation: Operation, why: str) -> Step:
        if operation.away + 1 >= self._config.tries_when_away:
            return await self._fail(operation, why)
        after = timedelta(seconds=self._config.seconds_between_tries * 2**operation.away)
        await self.tools.operations.tries_again(operation, why, after)
        return Failed(f"To be tried again: {why}")

    async def _note(self, decided: Decided) -> None:
        async with applied_once(self.tools.pool, decided):
            pass

    async def _read(self, state: Mapping[str, Any]) -> tuple[Operation, MediaBuy]:
        """The operation as it is, but with as many questions asked as before this leg began."""
        operation = await self.tools.operations.get(state["operation_id"])
        operation = replace(operation, asked=state.get("asked", operation.asked))
        return operation, await self.tools.buys.get(operation.media_buy_id)


_LINE_ITEM_FORM: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "line_item_id": {
            "type": "string",
            "title": "Line item",
            "description": "Its id at the ad server, if it was made by hand",
            "maxLength": 100,
        }
    },
}


def _settings_form(adapter_name: str, config: AdapterConfig) -> Mapping[str, Any] | None:
    titles = NEEDS[adapter_name].settings
    if not config.missing_settings:
        return None
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "title": titles[name], "maxLength": 200}
            for name in config.missing_settings
        },
    }
