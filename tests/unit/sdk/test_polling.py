"""Polling: an agent that no callback reaches gets its answers all the same."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from handraise import Paused, Request
from handraise.storage import Status

from tests.unit.sdk.agents import Bench, Refunds, bench
from tests.unit.sdk.service import problem


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


class Crash(BaseException):
    """The process dies here."""


async def test_all_saved_pauses_are_resumed_by_a_new_process(desk: Bench) -> None:
    async with desk.refunds() as agent:
        for number in range(5):
            await agent.start({"n": number}, workflow_id=f"wf-{number}")
    for request_id in desk.service.requests:
        desk.service.close(request_id)
    async with desk.refunds() as agent:
        await agent.resume_by_polling(at_once=2)
        for number in range(5):
            state = await agent.workflow(f"wf-{number}")
            assert state is not None
            assert state.status is Status.COMPLETED


async def test_it_waits_until_people_have_answered(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        polled = asyncio.Event()

        def answer_after_some_polls(method: str, path: str) -> None:
            polls = [path for _, path in desk.service.calls if path.endswith("/wait")]
            if len(polls) == 4:
                desk.service.close(desk.only_request())
                polled.set()

        desk.service.before = answer_after_some_polls
        await agent.resume_by_polling()
        assert polled.is_set()
    assert desk.bus.types()[-1] == "workflow.completed"


async def test_a_pause_that_follows_is_polled_too(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        desk.service.ask_for_changes(desk.only_request())

        def answer_the_revision(method: str, path: str) -> None:
            request = desk.service.requests[desk.only_request()]
            if path.endswith("/wait") and request["state"] == "pending":
                desk.service.close(desk.only_request())

        desk.service.before = answer_the_revision
        await agent.resume_by_polling()
    assert [leg for leg, _ in desk.legs] == ["run", "resume", "resume"]


async def test_a_second_wish_is_found_though_the_first_revision_was_cut_off(desk: Bench) -> None:
    class Dies(Refunds):
        async def revise(self, *args: Any, **kwargs: Any) -> Paused:
            await super().revise(*args, **kwargs)
            raise Crash

    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        wanted = Request.model_validate(desk.service.ask_for_changes(desk.only_request()))
        dying = Dies(agent.runtime.hand, agent.runtime.store)
        dying.legs, dying.runtime = desk.legs, agent.runtime
        with pytest.raises(Crash):
            await dying.accept(wanted)
        desk.service.ask_for_changes(desk.only_request(), at="2025-01-15T12:00:00Z")
        await agent.recover()

        def answer_the_second_revision(method: str, path: str) -> None:
            assert len(desk.service.calls) < 50, "the second wish is passed over"
            request = desk.service.requests[desk.only_request()]
            if path.endswith("/wait") and request["state"] == "pending":
                desk.service.close(desk.only_request())

        desk.service.before = answer_the_second_revision
        await agent.resume_by_polling()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert len(desk.service.revision_keys) == 2


async def test_a_question_that_was_not_asked_yet_is_asked_and_polled(desk: Bench) -> None:
    desk.service.before = lambda method, path: problem(503, "unavailable")
    async with desk.refunds() as agent:
        with pytest.raises(Exception, match="unavailable"):
            await agent.pause("wf-1", {}, title="Refund?")

    def answer(method: str, path: str) -> None:
        if path.endswith("/wait"):
            desk.service.close(desk.only_request())

    desk.service.before = answer
    async with desk.refunds() as agent:
        await agent.resume_by_polling()
    assert desk.service.opened_titles() == ["Refund?"]
    assert [leg for leg, _ in desk.legs] == ["resume"]


async def test_one_workflow_that_fails_does_not_keep_the_others(desk: Bench) -> None:
    async with desk.refunds() as agent:
        for name in ("bad", "good"):
            await agent.start({"name": name}, workflow_id=name)
        for request_id in desk.service.requests:
            desk.service.close(request_id)
        original = agent.resume_from_checkpoint

        async def fail_the_bad(workflow_id: str, state: dict[str, Any]) -> Any:
            if workflow_id == "bad":
                raise RuntimeError("a bug")
            return await original(workflow_id, state)

        agent.resume_from_checkpoint = fail_the_bad
        with pytest.raises(ExceptionGroup) as caught:
            await agent.resume_by_polling()
        assert [str(error) for error in caught.value.exceptions] == ["a bug"]
        good = await agent.workflow("good")
        assert good is not None
        assert good.status is Status.COMPLETED
        agent.resume_from_checkpoint = original
        assert (await agent.recover()).advanced == ["bad"]


async def test_with_nothing_saved_there_is_nothing_to_wait_for(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.resume_by_polling()
    assert desk.service.calls == []
