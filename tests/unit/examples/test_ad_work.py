"""The work at ad servers, cut off at any moment: what was asked stays asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handraise import open_store
from handraise.storage import Status

from examples.ad_tasks.ad_work import AdServerWork, AdTools
from examples.ad_tasks.adapter_configs import AdapterConfig
from examples.ad_tasks.config import config_from
from examples.ad_tasks.media_buys import MediaBuy
from examples.ad_tasks.operations import Operation
from tests.unit.sdk.service import Service, hand_over

OPERATION = Operation(
    operation_id="op-1",
    media_buy_id="buy-1",
    operation="create_line_item",
    status="received",
    detail=None,
    task_id=None,
    cleared=False,
    asked=0,
    round=1,
    away=0,
)
BUY = MediaBuy(
    media_buy_id="buy-1",
    principal_id="acme",
    adapter_name="google_ad_manager",
    name="Spring",
    budget_cents=100,
    targeting={"minimum_age": 21},
    status="received",
    line_item_id=None,
    detail=None,
)
UNCONFIGURED = AdapterConfig(
    adapter_name=BUY.adapter_name, principal_id="acme", settings={}, secrets={}
)


class Crash(BaseException):
    """The process dies here."""


class InMemory:
    """The platform's rows: one operation, its media buy, and an adapter that lacks settings."""

    def __init__(self) -> None:
        self.operation = OPERATION
        self.dies = True

    async def waits(self, operation: Operation, status: str, task_id: str, asked: int) -> None:
        self.operation = replace(operation, status=status, task_id=task_id, asked=asked)
        if self.dies:
            self.dies = False
            raise Crash

    async def ends(self, operation: Operation, status: str, detail: str) -> None:
        self.operation = replace(operation, status=status, detail=detail)

    async def get(self, name: str, principal_id: str = "") -> Any:
        if principal_id:
            return UNCONFIGURED
        return self.operation if name == OPERATION.operation_id else BUY


async def test_the_last_question_stands_though_the_process_died_right_after_it(
    tmp_path: Path,
) -> None:
    service = Service()
    rows: Any = InMemory()
    tools = AdTools(None, rows, rows, rows, {})
    config = replace(config_from(), questions_per_operation=1)
    async with await open_store(f"sqlite:///{tmp_path / 'agent.db'}") as store:
        work = AdServerWork(hand_over(service), store, "http://here/resume", config, tools=tools)
        with pytest.raises(Crash):
            await work.carry_out(OPERATION)
        await work.recover()
        state = await work.workflow(OPERATION.workflow_id)
    assert state is not None
    assert (state.status, len(state.open_requests)) == (Status.PAUSED, 1)
    assert (rows.operation.status, rows.operation.asked) == ("pending_manual", 1)
    assert [one["outcome"] for one in service.requests.values()] == [None]
