"""The delivery agent: whom it asks, what it deploys, and what each answer does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from handraise import Request, open_store
from handraise.storage import Status

from examples.code_review.branches import BREAKS, FORGOTTEN, HARMLESS, Branch, build_shop
from examples.code_review.delivery import DeliveryAgent
from examples.code_review.environments import OutOfReach, journal_of, live_release
from examples.code_review.sample import RANGE
from tests.unit.sdk.agents import ListBus
from tests.unit.sdk.service import Service, hand_over

SCHEMA = Branch(
    "second-currency",
    "Book in a second currency",
    {"migrations/0003_currency.sql": "ALTER TABLE bookings ADD COLUMN currency TEXT;\n"},
)
NOBODY: dict[str, Any] = {"outcome": "timed_out", "state": "timed_out", "response": None}


class Bench:
    """The agent, the shop, its environments, and the service that is asked."""

    def __init__(self, directory: Path) -> None:
        self.address = f"sqlite:///{directory / 'agent.db'}"
        self.shop = build_shop(directory / "shop")
        SCHEMA.push(self.shop)
        self.environments = [directory / "staging", directory / "production"]
        for one in self.environments:
            one.mkdir()
        self.service = Service()
        self.bus = ListBus()

    @asynccontextmanager
    async def agent(self) -> AsyncGenerator[DeliveryAgent]:
        async with await open_store(self.address) as store:
            yield DeliveryAgent(hand_over(self.service), store, bus=self.bus)

    async def submit(self, span: str) -> Any:
        async with self.agent() as agent:
            state = {
                "repository": str(self.shop),
                "range": span,
                "environments": [str(one) for one in self.environments],
                "deadline_seconds": 60,
            }
            return await agent.start(state, workflow_id="wf-1")

    async def answer(self, kind: str, **fields: Any) -> Any:
        [request_id] = [one["id"] for one in self.service.requests.values() if one["type"] == kind]
        closed = self.service.close(request_id, **fields)
        async with self.agent() as agent:
            await agent.accept(Request.model_validate(closed))
            return await agent.workflow("wf-1")

    def live(self) -> list[bool]:
        return [live_release(one) is not None for one in self.environments]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_a_harmless_change_goes_all_the_way_by_itself(bench: Bench) -> None:
    state = await bench.submit(HARMLESS.span)
    assert state.status is Status.COMPLETED
    assert bench.service.requests == {}
    assert bench.live() == [True, True]
    assert bench.bus.published[2].data["approved_by"] == ["policy"]


async def test_a_change_of_the_schema_is_asked_of_two_people_at_once(bench: Bench) -> None:
    state = await bench.submit(RANGE)
    assert (state.status, len(state.open_requests)) == (Status.PAUSED, 2)
    code, schema = bench.service.requests.values()
    assert [code["type"], schema["type"]] == ["code_review", "schema_change"]
    assert schema["context"]["files"] == ["migrations/0002_orders.sql"]
    assert "payments" not in schema["context"]["code_diff"]
    assert "ledger" in code["context"]["code_diff"]
    assert bench.live() == [False, False]


@pytest.mark.parametrize(
    "order", [("code_review", "schema_change"), ("schema_change", "code_review")]
)
async def test_it_is_deployed_when_the_last_of_them_says_yes(
    bench: Bench, order: tuple[str, str]
) -> None:
    await bench.submit(SCHEMA.span)
    state = await bench.answer(order[0])
    assert (state.status, len(state.open_requests)) == (Status.PAUSED, 1)
    assert bench.live() == [False, False]
    state = await bench.answer(order[1])
    assert state.status is Status.COMPLETED
    assert bench.live() == [True, True]
    approved = next(one for one in bench.bus.published if one.event_type == "code.approved")
    assert approved.data["approved_by"] == ["user-1", "user-1"]


@pytest.mark.parametrize(
    ("answered", "decision"),
    [
        ({"response": {"decision": "reject", "comment": "no"}}, "reject"),
        ({"outcome": "could_not_complete"}, "unclear"),
        (NOBODY, "timed_out"),
        ({"outcome": "cancelled", "state": "cancelled", "response": None}, "cancelled"),
        ({"outcome": None, "state": "revising", "response": {"comment": "smaller"}}, "changes"),
    ],
)
@pytest.mark.parametrize("kind", ["code_review", "schema_change"])
async def test_one_no_ends_it_and_withdraws_the_other_question(
    bench: Bench, kind: str, answered: dict[str, Any], decision: str
) -> None:
    await bench.submit(SCHEMA.span)
    state = await bench.answer(kind, **answered)
    assert state.status is Status.COMPLETED
    assert bench.bus.types()[2:] == ["code.rejected", "workflow.completed"]
    assert bench.bus.published[-1].data == {"decision": decision}
    other = next(one for one in bench.service.requests.values() if one["type"] != kind)
    assert other["outcome"] == "cancelled"
    assert bench.live() == [False, False]


async def test_a_wish_for_changes_that_is_heard_after_the_question_ended_ends_it_all_the_same(
    bench: Bench,
) -> None:
    await bench.submit(FORGOTTEN.span)
    [request_id] = bench.service.requests
    wanted = Request.model_validate(bench.service.ask_for_changes(request_id))
    bench.service.close(request_id, **NOBODY)
    async with bench.agent() as agent:
        await agent.accept(wanted)
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert bench.bus.published[-1].data == {"decision": "changes"}


async def test_what_is_rolled_back_from_staging_never_reaches_production(bench: Bench) -> None:
    await bench.submit(BREAKS.span)
    state = await bench.answer("code_review")
    assert state.status is Status.FAILED
    assert "No module named 'payments.pool'" in state.failure
    assert bench.live() == [False, False]
    assert journal_of(bench.environments[1]).entries == ()
    assert bench.bus.types()[-3:] == [
        "deployment.started",
        "deployment.failed",
        "workflow.failed",
    ]


async def test_a_deployment_goes_on_where_it_was_cut_off(bench: Bench) -> None:
    bench.environments[1].rmdir()
    with pytest.raises(OutOfReach):
        await bench.submit(HARMLESS.span)
    bench.environments[1].mkdir()
    async with bench.agent() as agent:
        await agent.recover()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert (state.status, state.step) == (Status.COMPLETED, "approved")
    assert bench.bus.types().count("code.analysis.needed") == 1
    assert bench.bus.types().count("deployment.started") == 2
    assert [len(journal_of(one).went_live()) for one in bench.environments] == [1, 1]


async def test_the_deadline_is_the_workflows(bench: Bench) -> None:
    await bench.submit(FORGOTTEN.span)
    [request] = bench.service.requests.values()
    assert request["timeout_minutes"] == 1
