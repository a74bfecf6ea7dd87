"""The code-review agent: what it asks, and what it does with each answer."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from handraise import Request, open_store
from handraise.storage import Status

from examples.code_review.agent import CodeReviewAgent
from examples.code_review.sample import RANGE, build_sample
from tests.unit.examples.test_changes import repository
from tests.unit.sdk.agents import ListBus
from tests.unit.sdk.service import Service, hand_over


class Review:
    """The agent, what it published, and the service it asks."""

    def __init__(self, directory: Path) -> None:
        self.address = f"sqlite:///{directory / 'agent.db'}"
        self.service = Service()
        self.bus = ListBus()

    @asynccontextmanager
    async def agent(self) -> AsyncGenerator[CodeReviewAgent]:
        async with await open_store(self.address) as store:
            made = CodeReviewAgent(hand_over(self.service), store, bus=self.bus)
            made.recipients = ["ann@example.com"]
            yield made

    async def examine(self, repository: Path, span: str) -> Any:
        async with self.agent() as agent:
            state = {"repository": str(repository), "range": span}
            return await agent.start(state, workflow_id="wf-1")

    async def answer(self, **fields: Any) -> Any:
        [request_id] = self.service.requests
        closed = self.service.close(request_id, **fields)
        async with self.agent() as agent:
            await agent.accept(Request.model_validate(closed))
            return await agent.workflow("wf-1")


@pytest.fixture
def review(tmp_path: Path) -> Review:
    return Review(tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return build_sample(tmp_path / "shop")


async def test_a_risky_change_is_shown_to_a_person(review: Review, shop: Path) -> None:
    state = await review.examine(shop, RANGE)
    assert state.status is Status.PAUSED
    [request] = review.service.requests.values()
    assert request["type"] == "code_review"
    assert request["title"] == "Review: Refund whole orders, for complaint #42"
    assert request["priority"] == "urgent"
    assert request["routing"]["recipients"] == [{"email": "ann@example.com"}]
    assert request["metadata"]["agent_id"] == "code-review-agent"
    context = request["context"]
    assert context["code_diff"].startswith("diff --git")
    assert context["risk_assessment"]["level"] == "critical"
    assert context["affected_systems"] == ["migrations", "payments"]
    assert review.bus.types() == ["workflow.started", "code.analysis.needed"]


async def test_a_wish_for_changes_that_is_heard_after_the_question_ended_ends_it_all_the_same(
    review: Review, shop: Path
) -> None:
    await review.examine(shop, RANGE)
    [request_id] = review.service.requests
    wanted = Request.model_validate(review.service.ask_for_changes(request_id))
    review.service.close(request_id, outcome="timed_out", state="timed_out", response=None)
    async with review.agent() as agent:
        await agent.accept(wanted)
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert review.bus.types()[2:] == ["code.rejected", "workflow.completed"]


async def test_a_harmless_change_passes_without_a_person(review: Review, tmp_path: Path) -> None:
    found = repository(tmp_path / "r", {"README.md": "a\n"}, {"README.md": "b\n"})
    state = await review.examine(found, "HEAD~1..HEAD")
    assert state.status is Status.COMPLETED
    assert review.service.requests == {}
    assert review.bus.types()[2:] == ["code.approved", "workflow.completed"]
    assert review.bus.published[2].data["approved_by"] == "policy"


@pytest.mark.parametrize(
    ("answered", "event", "decision"),
    [
        ({}, "code.approved", "approve"),
        ({"response": {"decision": "reject", "comment": "no"}}, "code.rejected", "reject"),
        ({"outcome": "could_not_complete"}, "code.rejected", "unclear"),
        (
            {"outcome": "timed_out", "state": "timed_out", "response": None},
            "code.rejected",
            "timed_out",
        ),
        (
            {"outcome": "cancelled", "state": "cancelled", "response": None},
            "code.rejected",
            "cancelled",
        ),
        (
            {"outcome": None, "state": "revising", "response": {"comment": "smaller"}},
            "code.rejected",
            "changes",
        ),
    ],
)
async def test_each_answer_has_its_event_and_only_a_yes_lets_it_pass(
    review: Review, shop: Path, answered: dict[str, Any], event: str, decision: str
) -> None:
    await review.examine(shop, RANGE)
    state = await review.answer(**answered)
    assert state.status is Status.COMPLETED
    assert review.bus.types()[2:] == [event, "workflow.completed"]
    assert review.bus.published[-1].data == {"decision": decision}


async def test_the_question_is_withdrawn_when_the_author_must_change_the_code(
    review: Review, shop: Path
) -> None:
    await review.examine(shop, RANGE)
    await review.answer(outcome=None, state="revising", response={"comment": "smaller"})
    [request] = review.service.requests.values()
    assert request["outcome"] == "cancelled"
