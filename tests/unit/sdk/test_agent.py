"""Pausing and resuming: the state comes back, every leg ends once, whatever crashes."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from handraise import Answered, Cancelled, ChangesRequested, Finished, Paused, answer_in
from handraise.errors import Busy, Conflict, ExpiredCheckpoint, Invalid, UnknownCheckpoint
from handraise.models import Request
from handraise.storage import Status

from tests.unit.sdk.agents import Bench, Refunds, bench
from tests.unit.sdk.service import problem


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return bench(tmp_path)


class Crash(BaseException):
    """The process dies here."""


def crash_at(where: str) -> Any:
    def crash(here: str) -> None:
        if here == where:
            raise Crash

    return crash


def answered(desk: Bench) -> Request:
    return Request.model_validate(desk.service.close(desk.only_request()))


async def test_a_started_workflow_pauses_and_shows_what_it_waits_for(desk: Bench) -> None:
    async with desk.refunds() as agent:
        state = await agent.start({"order": "A-17"}, workflow_id="wf-1")
    assert state.status is Status.PAUSED
    [waiting] = state.open_requests
    assert (waiting.request_id, waiting.title) == (desk.only_request(), "Refund?")
    assert desk.bus.types() == ["workflow.started", "code.analysis.needed"]


async def test_the_request_carries_what_ties_it_to_the_checkpoint(desk: Bench) -> None:
    async with desk.refunds(callback_webhook="http://agent/resume", callback_secret="s") as agent:
        await agent.start(workflow_id="wf-1")
        state = await agent.workflow("wf-1")
    request = desk.service.requests[desk.only_request()]
    assert state is not None
    assert request["workflow_id"] == "wf-1"
    assert request["checkpoint_id"] == state.open_requests[0].checkpoint_id
    assert request["callback_webhook"] == "http://agent/resume"
    assert request["callback_secret"] == "s"
    assert request["metadata"] == {"agent_id": "refunds", "correlation_id": "wf-1"}


async def test_what_a_leg_reads_is_as_new_as_the_answer_that_it_was_given(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")

    async with desk.refunds() as another:
        request = answered(desk)
        await another.record(request)
        await another.advance("wf-1")
        await another.hand.get(request.id)
    assert desk.service.least[-1] == str(request.version)


async def test_another_process_resumes_with_the_state_and_the_answer(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")
    async with desk.refunds() as agent:
        await agent.accept(answered(desk), webhook_id="evt-1")
        state = await agent.workflow("wf-1")
    assert state is not None
    assert (state.status, state.open_requests) == (Status.COMPLETED, ())
    resumed = desk.legs[-1][1]
    assert (resumed["order"], resumed["risk"]) == ("A-17", "high")
    assert resumed["answer"]["response"]["comment"] == "fine"
    assert isinstance(answer_in(resumed), Answered)
    assert desk.bus.types()[2:] == ["code.approved", "workflow.completed"]
    assert desk.bus.published[2].data == {"approved_by": "user-1"}


async def test_the_secret_of_callbacks_is_not_saved(desk: Bench, tmp_path: Path) -> None:
    async with desk.refunds(callback_secret="only-in-memory") as agent:
        await agent.start(workflow_id="wf-1")
    assert b"only-in-memory" not in (tmp_path / "agent.db").read_bytes()


async def test_a_repeated_answer_resumes_nothing(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        request = answered(desk)
        for webhook_id in ("evt-1", "evt-1", None, "evt-2"):
            await agent.accept(request, webhook_id=webhook_id)
    assert [leg for leg, _ in desk.legs] == ["run", "resume"]
    assert desk.bus.types().count("workflow.completed") == 1


async def test_a_crash_after_the_pause_asks_the_same_question_and_no_other(desk: Bench) -> None:
    async with desk.refunds() as agent:
        agent.crash = crash_at("after the pause")
        with pytest.raises(Crash):
            await agent.start({"order": "A-17"}, workflow_id="wf-1")
    async with desk.refunds() as agent:
        healed = await agent.recover()
        state = await agent.workflow("wf-1")
    assert healed.advanced == ["wf-1"]
    assert state is not None
    assert state.status is Status.PAUSED
    assert desk.service.opened_titles() == ["Refund?"]
    assert desk.bus.types() == ["workflow.started", "code.analysis.needed"]


async def test_a_crash_between_the_checkpoint_and_the_request_is_healed(desk: Bench) -> None:
    def crash(method: str, path: str) -> None:
        if method == "POST" and path == "":
            raise Crash

    desk.service.before = crash
    async with desk.refunds() as agent:
        with pytest.raises(Crash):
            await agent.pause("wf-1", {"n": 1}, title="Refund?")
    assert desk.service.opened_titles() == []
    desk.service.before = lambda method, path: None
    async with desk.refunds() as agent:
        healed = await agent.recover()
        again = await agent.recover()
    assert (len(healed.asked), again.asked) == (1, [])
    assert desk.service.opened_titles() == ["Refund?"]


async def test_a_crash_after_the_request_was_opened_opens_no_other(desk: Bench) -> None:
    def crash(method: str, path: str) -> None:
        raise Crash

    desk.service.after = crash
    async with desk.refunds() as agent:
        with pytest.raises(Crash):
            await agent.pause("wf-1", {"n": 1}, title="Refund?")
    desk.service.after = lambda method, path: None
    async with desk.refunds() as agent:
        await agent.recover()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.open_requests[0].request_id == desk.only_request()


async def test_a_lost_reply_to_the_opening_opens_nothing_twice(desk: Bench) -> None:
    desk.service.replies_to_lose = 3
    async with desk.refunds() as agent:
        state = await agent.start(workflow_id="wf-1")
    assert state.open_requests[0].request_id == desk.only_request()


async def test_an_answer_that_comes_before_the_opening_was_noted_still_resumes(
    desk: Bench,
) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        async with agent.runtime.store.transaction() as tables:
            [saved] = await tables.checkpoints.of_agent("refunds")
            await tables.checkpoints.discard("wf-1", saved.checkpoint_id)
            forgotten = {"request_id": None}
            await tables.checkpoints.add(type(saved)(**{**fields(saved), **forgotten}))
        await agent.accept(answered(desk))
    assert [leg for leg, _ in desk.legs] == ["run", "resume"]


async def test_a_crash_in_the_resume_runs_the_leg_again_and_ends_it_once(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        agent.crash = crash_at("in the resume")
        with pytest.raises(Crash):
            await agent.accept(answered(desk), webhook_id="evt-1")
    async with desk.refunds() as agent:
        healed = await agent.recover()
    assert healed.advanced == ["wf-1"]
    assert [leg for leg, _ in desk.legs] == ["run", "resume", "resume"]
    assert desk.legs[1] == desk.legs[2]
    assert desk.bus.types().count("workflow.completed") == 1


async def test_healing_does_not_wait_for_a_leg_that_runs_in_this_process(desk: Bench) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    class Slow(Refunds):
        async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Any:
            begun.set()
            await may_end.wait()
            return await super().resume_from_checkpoint(workflow_id, state)

    async with desk.refunds() as known:
        await known.start(workflow_id="wf-1")
        agent = Slow(known.runtime.hand, known.runtime.store)
        agent.legs = desk.legs
        leg = asyncio.create_task(agent.accept(answered(desk)))
        await begun.wait()
        async with asyncio.timeout(20):
            healed = await agent.recover()
        may_end.set()
        await leg
    assert (healed.advanced, healed.failed) == ([], {})
    assert [leg for leg, _ in desk.legs] == ["run", "resume"]


async def test_a_dead_process_keeps_its_workflow_only_until_the_lease_lapses(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        async with agent.runtime.store.transaction() as tables:
            until = desk.now.replace(minute=31)
            await tables.workflows.claim("wf-1", "the dead one", now=desk.now, until=until)
        request = answered(desk)
        with pytest.raises(Busy):
            await agent.accept(request, webhook_id="evt-1")
        desk.pass_time(61)
        await agent.accept(request, webhook_id="evt-1")
    assert [leg for leg, _ in desk.legs] == ["run", "resume"]


async def test_a_leg_that_was_taken_over_can_not_write_its_end(desk: Bench) -> None:
    async with desk.refunds() as slow, desk.refunds() as quick:
        await slow.start(workflow_id="wf-1")
        request = answered(desk)

        async def overtake() -> None:
            async with quick.runtime.store.transaction() as tables:
                await tables.workflows.claim(
                    "wf-1", "quick", now=desk.now.replace(hour=11), until=desk.now.replace(hour=12)
                )

        original = slow.resume_from_checkpoint

        async def stall(workflow_id: str, state: dict[str, Any]) -> Any:
            step = await original(workflow_id, state)
            await overtake()
            return step

        slow.resume_from_checkpoint = stall
        with pytest.raises(Busy):
            await slow.accept(request)
        assert "workflow.completed" not in desk.bus.types()
        desk.now = desk.now.replace(hour=13)
        await quick.accept(request)
    assert desk.bus.types().count("workflow.completed") == 1


async def test_events_wait_in_the_log_while_the_bus_is_away(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        desk.bus.away = True
        await agent.accept(answered(desk))
        state = await agent.workflow("wf-1")
        assert state is not None
        assert state.status is Status.COMPLETED
        assert "code.approved" not in desk.bus.types()
        desk.bus.away = False
    async with desk.refunds() as agent:
        await agent.recover()
    assert desk.bus.types()[2:] == ["code.approved", "workflow.completed"]


async def test_a_bus_that_is_away_keeps_no_workflow_from_its_pause(desk: Bench) -> None:
    desk.bus.away = True
    async with desk.refunds() as agent:
        state = await agent.start(workflow_id="wf-1")
        assert state.status is Status.PAUSED
        desk.bus.away = False
        await agent.accept(answered(desk))
    assert desk.bus.types() == [
        "workflow.started",
        "code.analysis.needed",
        "code.approved",
        "workflow.completed",
    ]


async def test_a_refused_question_leaves_no_checkpoint(desk: Bench) -> None:
    desk.service.before = lambda method, path: problem(422, "invalid")
    async with desk.refunds() as agent:
        with pytest.raises(Invalid):
            await agent.pause("wf-1", {}, title="Refund?")
        async with agent.runtime.store.transaction() as tables:
            assert await tables.checkpoints.of_agent("refunds") == []


async def test_a_question_that_can_not_be_asked_now_is_asked_at_the_next_start(
    desk: Bench,
) -> None:
    desk.service.before = lambda method, path: problem(503, "unavailable")
    async with desk.refunds() as agent:
        with pytest.raises(Exception, match="unavailable"):
            await agent.start(workflow_id="wf-1")
    desk.service.before = lambda method, path: None
    async with desk.refunds() as agent:
        await agent.recover()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.PAUSED
    assert desk.service.opened_titles() == ["Refund?"]


async def test_an_answer_to_an_unknown_pause_is_refused(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        request = answered(desk)
        stranger = request.model_copy(update={"checkpoint_id": "cp-none"})
        other = request.model_copy(update={"id": "req-other"})
        for wrong in (stranger, other):
            with pytest.raises(UnknownCheckpoint):
                await agent.accept(wrong)


async def test_an_answer_to_an_expired_pause_says_so(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.pause("wf-1", {}, title="Refund?", keep_for=timedelta(hours=1))
        desk.pass_time(3601)
        assert (await agent.recover()).expired == 1
        with pytest.raises(ExpiredCheckpoint):
            await agent.accept(answered(desk))


async def test_an_answer_that_came_in_time_counts_though_its_pause_has_expired_since(
    desk: Bench,
) -> None:
    async with desk.refunds() as agent:
        await agent.pause("wf-1", {}, title="Refund?", keep_for=timedelta(hours=1))
        await agent.record(answered(desk))
        desk.pass_time(3601)
    async with desk.refunds() as agent:
        healed = await agent.recover()
        state = await agent.workflow("wf-1")
    assert (healed.expired, healed.advanced) == (0, ["wf-1"])
    assert state is not None
    assert state.status is Status.COMPLETED


async def test_a_request_without_an_answer_resumes_nothing(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        still_open = Request.model_validate(desk.service.requests[desk.only_request()])
        with pytest.raises(Exception, match="pending"):
            await agent.accept(still_open)


async def test_changes_are_made_at_the_same_checkpoint_and_the_end_comes_after(
    desk: Bench,
) -> None:
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")
        wanted = desk.service.ask_for_changes(desk.only_request())
        await agent.accept(Request.model_validate(wanted))
        await agent.accept(Request.model_validate(wanted))
        state = await agent.workflow("wf-1")
        assert state is not None
        assert (state.status, len(state.open_requests)) == (Status.PAUSED, 1)
        assert desk.service.requests[desk.only_request()]["description"] == "shorter"
        await agent.accept(answered(desk))
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert [leg for leg, _ in desk.legs] == ["run", "resume", "resume"]
    assert desk.legs[-1][1]["revised"]


async def test_a_crash_after_revising_revises_with_the_same_key(desk: Bench) -> None:
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
        await agent.recover()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.PAUSED
    assert desk.legs[-1] == desk.legs[-2]
    assert len(set(desk.service.revision_keys)) == 1


NOBODY: dict[str, Any] = {"outcome": "timed_out", "state": "timed_out", "response": None}


class Drafts(Refunds):
    """Writes another draft each time it is asked for changes, and publishes what was approved."""

    drafts = 0

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Any:
        match answer_in(state):
            case ChangesRequested() as changes:
                self.drafts += 1
                draft = f"draft {self.drafts}"
                paused = await self.revise(changes, {"draft": draft}, description=draft)
                self.crash("after the revision")
                return paused
            case _:
                return Finished(result={"published": state["draft"]})


async def test_a_revision_that_would_come_out_otherwise_in_the_second_run_is_the_first(
    desk: Bench,
) -> None:
    async with desk.refunds() as known:
        await known.start(workflow_id="wf-1")
        wanted = Request.model_validate(desk.service.ask_for_changes(desk.only_request()))
        agent = Drafts(known.runtime.hand, known.runtime.store, bus=desk.bus)
        agent.crash = crash_at("after the revision")
        with pytest.raises(Crash):
            await agent.accept(wanted)
        agent.crash = crash_at("nowhere")
        await agent.recover()
        shown = desk.service.requests[desk.only_request()]["description"]
        await agent.accept(answered(desk))
    assert (agent.drafts, shown) == (2, "draft 1")
    assert desk.bus.published[-1].data == {"published": "draft 1"}


async def test_a_revision_that_was_refused_is_not_kept(desk: Bench) -> None:
    async with desk.refunds() as known:
        await known.start(workflow_id="wf-1")
        wanted = Request.model_validate(desk.service.ask_for_changes(desk.only_request()))
        agent = Drafts(known.runtime.hand, known.runtime.store, bus=desk.bus)
        desk.service.before = lambda method, path: problem(422, "invalid")
        with pytest.raises(Invalid):
            await agent.accept(wanted)
        desk.service.before = lambda method, path: None
        await agent.recover()
        await agent.accept(answered(desk))
    assert desk.service.requests[desk.only_request()]["description"] == "draft 2"
    assert desk.bus.published[-1].data == {"published": "draft 2"}


@pytest.mark.parametrize("told_at_once", [True, False])
async def test_a_revision_that_comes_too_late_leaves_the_end_to_the_workflow(
    desk: Bench, told_at_once: bool
) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        wanted = Request.model_validate(desk.service.ask_for_changes(desk.only_request()))
        ended = Request.model_validate(desk.service.close(desk.only_request(), **NOBODY))
        await agent.record(wanted)
        if told_at_once:
            await agent.record(ended)
        await agent.advance("wf-1")
        await agent.accept(ended)
        state = await agent.workflow("wf-1")
    assert state is not None
    assert (state.status, state.failure) == (Status.FAILED, "nobody approved it")


async def test_a_revision_that_is_refused_while_it_is_awaited_is_an_error(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        wanted = Request.model_validate(desk.service.ask_for_changes(desk.only_request()))
        desk.service.before = lambda method, path: problem(
            409, "stale_revision", current_state="revising"
        )
        with pytest.raises(Conflict):
            await agent.accept(wanted)
        desk.service.before = lambda method, path: None
        await agent.recover()
    assert desk.service.requests[desk.only_request()]["state"] == "pending"


async def test_a_question_that_has_ended_can_be_withdrawn_again(desk: Bench) -> None:
    class Withdraws(Refunds):
        async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Any:
            await self.withdraw(answer_in(state).request, "It is asked anew")
            self.crash("after the withdrawal")
            return Finished()

    async with desk.refunds() as known:
        await known.start(workflow_id="wf-1")
        wanted = Request.model_validate(desk.service.ask_for_changes(desk.only_request()))
        agent = Withdraws(known.runtime.hand, known.runtime.store)
        agent.crash = crash_at("after the withdrawal")
        with pytest.raises(Crash):
            await agent.accept(wanted)
        agent.crash = crash_at("nowhere")
        await agent.recover()
        state = await agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert desk.service.requests[desk.only_request()]["outcome"] == "cancelled"


async def test_a_cancelled_request_fails_this_workflow(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        gone = desk.service.close(
            desk.only_request(), outcome="cancelled", state="cancelled", response=None
        )
        await agent.accept(Request.model_validate(gone))
        state = await agent.workflow("wf-1")
    assert state is not None
    assert (state.status, state.failure) == (Status.FAILED, "nobody approved it")
    assert isinstance(answer_in(desk.legs[-1][1]), Cancelled)
    assert desk.bus.types()[-1] == "workflow.failed"


async def test_starting_a_known_workflow_again_does_nothing(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")
        await agent.start({"order": "other"}, workflow_id="wf-1")
        await agent.accept(answered(desk))
        state = await agent.start(workflow_id="wf-1")
    assert state.status is Status.COMPLETED
    assert [leg for leg, _ in desk.legs] == ["run", "resume"]


async def test_a_pause_that_is_over_can_not_be_made_again(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.pause("wf-1", {}, at="the one", title="Refund?")
        await agent.accept(answered(desk))
        with pytest.raises(ValueError, match="over"):
            await agent.pause("wf-1", {}, at="the one", title="Refund?")


async def test_the_history_of_events_is_saved_with_the_pause(desk: Bench) -> None:
    async with desk.refunds() as agent:
        await agent.start(workflow_id="wf-1")
        async with agent.runtime.store.transaction() as tables:
            [saved] = await tables.checkpoints.of_agent("refunds")
    assert [event["event_type"] for event in saved.event_history] == [
        "workflow.started",
        "code.analysis.needed",
    ]


async def test_an_agent_that_waits_for_nothing_is_told(desk: Bench) -> None:
    class Confused(Refunds):
        async def run(self, workflow_id: str, state: dict[str, Any]) -> Any:
            return Paused(workflow_id)

    async with desk.refunds() as known:
        agent = Confused(known.runtime.hand, known.runtime.store)
        with pytest.raises(RuntimeError, match="no question"):
            await agent.start(workflow_id="wf-1")


async def test_a_saved_step_is_where_an_interrupted_leg_begins_again(desk: Bench) -> None:
    seen: list[dict[str, Any]] = []

    class Steps(Refunds):
        async def run(self, workflow_id: str, state: dict[str, Any]) -> Any:
            seen.append(state)
            if "analysed" not in state:
                state = {**state, "analysed": True}
                await self.save(workflow_id, "analysed", state)
            paused = await self.pause(workflow_id, state, title="Refund?")
            if len(seen) == 1:
                raise Crash
            return paused

    async with desk.refunds() as known:
        agent = Steps(known.runtime.hand, known.runtime.store)
        with pytest.raises(Crash):
            await agent.start({"order": "A-17"}, workflow_id="wf-1")
        state = await agent.workflow("wf-1")
        assert state is not None
        assert (state.status, state.step) == (Status.RUNNING, "analysed")
        await agent.recover()
    assert seen == [{"order": "A-17"}, {"order": "A-17", "analysed": True}]
    assert desk.service.opened_titles() == ["Refund?"]


def fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
