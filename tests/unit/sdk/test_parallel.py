"""Several questions of one workflow at once: each answer is taken in alone, the last goes on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from handraise import Finished
from handraise.models import Request
from handraise.steps import Step
from handraise.storage import Status

from tests.unit.sdk.agents import Bench, Panel, bench


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def answer_all(desk: Bench) -> list[Request]:
    return [Request.model_validate(desk.service.close(one)) for one in desk.service.requests]


async def test_three_questions_are_open_at_once(desk: Bench) -> None:
    async with desk.panel() as agent:
        state = await agent.start(workflow_id="wf-1")
    assert state.status is Status.PAUSED
    assert [one.title for one in state.open_requests] == ["law?", "money?", "safety?"]
    assert len({one.checkpoint_id for one in state.open_requests}) == 3


async def test_the_workflow_goes_on_when_the_last_answer_came(desk: Bench) -> None:
    async with desk.panel() as agent:
        await agent.start(workflow_id="wf-1")
        for left, request in zip((2, 1, 0), answer_all(desk), strict=True):
            await agent.accept(request)
            state = await agent.workflow("wf-1")
            assert state is not None
            assert len(state.open_requests) == left
    assert state.status is Status.COMPLETED
    assert [len(seen["answers"]) for _, seen in desk.legs] == [1, 2, 3]


async def test_answers_at_the_same_moment_to_two_processes_go_on_once(desk: Bench) -> None:
    async with desk.panel() as one, desk.panel() as two:
        for agent in (one, two):
            agent.runtime.busy_seconds = 10
        await one.start(workflow_id="wf-1")
        answers = answer_all(desk)
        await asyncio.gather(
            *(agent.accept(request) for request in answers for agent in (one, two))
        )
        state = await one.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert sorted(len(seen["answers"]) for _, seen in desk.legs) == [1, 2, 3]
    assert desk.bus.types().count("workflow.completed") == 1


async def test_a_leg_that_is_run_again_asks_no_question_twice(desk: Bench) -> None:
    openings = 0

    class Crash(BaseException):
        pass

    def crash_at_the_second(method: str, path: str) -> None:
        nonlocal openings
        openings += (method, path) == ("POST", "")
        if openings == 2:
            raise Crash

    desk.service.before = crash_at_the_second
    async with desk.panel() as agent:
        with pytest.raises(Crash):
            await agent.start(workflow_id="wf-1")
        state = await agent.workflow("wf-1")
        assert state is not None
        assert len(state.open_requests) == 2
    desk.service.before = lambda method, path: None
    async with desk.panel() as agent:
        await agent.recover()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert len(state.open_requests) == 3
    assert desk.service.opened_titles() == ["law?", "money?", "safety?"]


async def test_questions_that_are_moot_are_withdrawn(desk: Bench) -> None:
    class OneIsEnough(Panel):
        async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
            return Finished()

    async with desk.panel() as known:
        agent = OneIsEnough(known.runtime.hand, known.runtime.store)
        agent.runtime = known.runtime
        await agent.start(workflow_id="wf-1")
        first = next(iter(desk.service.requests))
        await agent.accept(Request.model_validate(desk.service.close(first)))
        state = await agent.workflow("wf-1")
        late = [Request.model_validate(one) for one in desk.service.requests.values()]
        for request in late:
            await agent.accept(request)
    assert state is not None
    assert (state.status, state.open_requests) == (Status.COMPLETED, ())
    outcomes = [request["outcome"] for request in desk.service.requests.values()]
    assert outcomes == ["answered", "cancelled", "cancelled"]


async def test_many_workflows_keep_apart(desk: Bench) -> None:
    async with desk.refunds() as agent:
        names = [f"wf-{number}" for number in range(30)]
        for name in names:
            await agent.start({"order": name}, workflow_id=name)
        await asyncio.gather(*(agent.accept(request) for request in answer_all(desk)))
        for name in names:
            state = await agent.workflow(name)
            assert state is not None
            assert state.status is Status.COMPLETED
    resumed = [state["order"] for leg, state in desk.legs if leg == "resume"]
    assert sorted(resumed) == sorted(names)
