"""Many workflows over several processes: each leg by one of them, retried, given up, redriven."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from handraise import Finished, HandraiseError, Receiver, Request, Retries, Supervisor, open_store
from handraise.agent import Agent
from handraise.statuses import Status
from handraise.steps import Step
from handraise.stores.opening import SqlStore
from handraise.work import Tries

from tests.support.eventually import eventually
from tests.unit.sdk.agents import NOW, SECRET, Bench, bench, signed
from tests.unit.sdk.service import hand_over


class Errands(Agent):
    """Runs a leg as it is told."""

    agent_id = "errands"
    does: Callable[[str, dict[str, Any]], Any]

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        await asyncio.sleep(0)
        said = self.does(workflow_id, state)
        if asyncio.iscoroutine(said):
            await said
        return Finished(result={"done": workflow_id})


class Desk:
    """Supervisors of errands on one store, and what they ran."""

    def __init__(self, directory: Path) -> None:
        self.bench: Bench = bench(directory)
        self.ran: list[str] = []
        self.stores: list[SqlStore] = []
        self.fails: dict[str, list[Exception]] = {}

    @asynccontextmanager
    async def supervisor(
        self, does: Callable[[str, dict[str, Any]], Any] | None = None
    ) -> AsyncGenerator[Supervisor]:
        async with await open_store(self.bench.address) as store:
            self.stores.append(store)
            agent = Errands(hand_over(self.bench.service), store, bus=self.bench.bus)
            agent.does = does or self._run
            agent.runtime.clock = self.bench.clock
            yield Supervisor(agent, retries=Retries(most=3), look_seconds=0.02, chance=lambda: 1.0)

    def _run(self, workflow_id: str, state: dict[str, Any]) -> None:
        self.ran.append(workflow_id)
        if self.fails.get(workflow_id):
            raise self.fails[workflow_id].pop(0)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@asynccontextmanager
async def at_work(*supervisors: Supervisor) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(one.run()) for one in supervisors]
    yield
    for one in supervisors:
        one.stop()
    await asyncio.gather(*tasks)


async def until(supervisor: Supervisor, status: Status, how_many: int = 1) -> None:
    async def reached() -> bool:
        return (await supervisor.counts()).get(status) == how_many

    await eventually(reached)


async def until_tried(desk: Desk, supervisor: Supervisor, times: int) -> Tries:
    """Waits until the one workflow in trouble was tried so often, and its failure is noted."""

    async def noted() -> Tries | None:
        found = await supervisor.troubled()
        known = next(iter(found), None)
        return known if known and known.reason and known.count == times else None

    found = await eventually(noted)
    assert found is not None
    return found


async def test_three_processes_share_many_workflows_and_run_each_once(desk: Desk) -> None:
    async with desk.supervisor() as one, desk.supervisor() as two, desk.supervisor() as three:
        for number in range(30):
            await one.submit(workflow_id=f"wf-{number}")
        async with at_work(one, two, three):
            await until(one, Status.COMPLETED, 30)
    assert sorted(desk.ran) == sorted(f"wf-{number}" for number in range(30))
    assert desk.bench.bus.types().count("workflow.completed") == 30


async def test_submitting_the_same_workflow_again_starts_no_other(desk: Desk) -> None:
    async with desk.supervisor() as supervisor:
        await supervisor.submit({"n": 1}, workflow_id="wf-1")
        await supervisor.submit({"n": 2}, workflow_id="wf-1")
        async with at_work(supervisor):
            await until(supervisor, Status.COMPLETED)
            await supervisor.submit({"n": 3}, workflow_id="wf-1")
    assert desk.ran == ["wf-1"]
    assert desk.bench.bus.types().count("workflow.started") == 1


async def test_a_leg_that_fails_is_tried_again_later_and_later(desk: Desk) -> None:
    desk.fails["wf-1"] = [OSError("away"), OSError("still away")]
    async with desk.supervisor() as supervisor:
        await supervisor.submit(workflow_id="wf-1")
        async with at_work(supervisor):
            waits: list[float] = []
            for times in (1, 2):
                tries = await until_tried(desk, supervisor, times)
                waits.append((tries.next_try_at - desk.bench.now).total_seconds())
                assert desk.ran == ["wf-1"] * times
                desk.bench.pass_time(10)
            await until(supervisor, Status.COMPLETED)
        assert tries.reason == "OSError: still away"
        assert await supervisor.troubled() == []
    assert waits == pytest.approx([1, 2], abs=0.1)
    assert "workflow.failed" not in desk.bench.bus.types()


async def test_a_leg_that_never_works_ends_as_a_dead_letter_and_can_be_redriven(
    desk: Desk,
) -> None:
    desk.fails["wf-1"] = [OSError("away")] * 3
    async with desk.supervisor() as supervisor:
        await supervisor.submit(workflow_id="wf-1")
        async with at_work(supervisor):
            for times in (1, 2, 3):
                await until_tried(desk, supervisor, times)
                desk.bench.pass_time(10)
            await until(supervisor, Status.GIVEN_UP)
            [letter] = await supervisor.dead_letters()
            assert (letter.workflow_id, letter.count, letter.reason) == ("wf-1", 3, "OSError: away")
            await eventually(lambda: _told(desk, "workflow.failed"))
            failed = desk.bench.bus.published[-1]
            assert failed.data == {"reason": "OSError: away", "tries": 3, "dead_letter": True}
            await supervisor.redrive("wf-1")
            await until(supervisor, Status.COMPLETED)
        assert await supervisor.dead_letters() == []
        with pytest.raises(HandraiseError, match="no dead letter"):
            await supervisor.redrive("wf-1")
    assert desk.ran == ["wf-1"] * 4


async def _told(desk: Desk, event_type: str) -> bool:
    return event_type in desk.bench.bus.types()


async def test_what_no_retry_mends_is_given_up_at_once(desk: Desk) -> None:
    class NoUse(Exception):
        retriable = False

    desk.fails["wf-1"] = [NoUse("the\0 order never was")]
    async with desk.supervisor() as supervisor:
        await supervisor.submit(workflow_id="wf-1")
        async with at_work(supervisor):
            await until(supervisor, Status.GIVEN_UP)
        [letter] = await supervisor.dead_letters()
        assert letter.count == 1
        assert letter.reason == "NoUse: the\N{REPLACEMENT CHARACTER} order never was"
    assert desk.ran == ["wf-1"]


async def test_the_work_of_a_process_that_died_is_taken_over_when_its_lease_has_passed(
    desk: Desk,
) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with desk.supervisor(lambda *_: hang()) as dying, desk.supervisor() as other:
        await dying.submit(workflow_id="wf-1")
        running = asyncio.create_task(dying.run())
        await begun.wait()
        async with at_work(other):
            desk.bench.pass_time(5)
            assert desk.ran == []
            desk.bench.pass_time(60)
            await until(other, Status.COMPLETED)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert desk.ran == ["wf-1"]


async def test_a_leg_that_kills_its_process_every_time_is_given_up_too(desk: Desk) -> None:
    tried: list[str] = []

    async def killed() -> None:
        tried.append("wf-1")
        raise asyncio.CancelledError

    async def begun(times: int) -> bool:
        return len(tried) == times

    for times in (1, 2, 3):
        async with desk.supervisor(lambda *_: killed()) as supervisor:
            await supervisor.submit(workflow_id="wf-1")
            async with at_work(supervisor):
                await eventually(lambda times=times: begun(times))
        desk.bench.pass_time(60)
    async with desk.supervisor() as survivor:
        async with at_work(survivor):
            await until(survivor, Status.GIVEN_UP)
        [letter] = await survivor.dead_letters()
    assert letter.reason == "its process ended in the middle of it"
    assert desk.ran == []


async def test_an_answer_is_taken_in_by_one_process_and_dealt_with_by_another(
    desk: Desk,
) -> None:
    bench = desk.bench
    async with bench.refunds() as door, bench.refunds() as hands:
        receiver = Receiver(Supervisor(door), secrets=[SECRET], clock=NOW.timestamp)
        worker = Supervisor(hands, look_seconds=0.02)
        async with at_work(worker):
            await Supervisor(door).submit({"order": "A-17"}, workflow_id="wf-1")
            await until(worker, Status.PAUSED)
            body = bench.callback(bench.service.close(bench.only_request()))
            for _ in range(2):
                status, _ = await receiver.handle(signed(body), body)
                assert status == 200
            await until(worker, Status.COMPLETED)
    assert [leg for leg, _ in bench.legs] == ["run", "resume"]


async def test_an_answer_to_a_dead_letter_waits_for_its_redrive(desk: Desk) -> None:
    bench = desk.bench
    broken = True

    def crash(where: str) -> None:
        if where == "in the resume" and broken:
            raise OSError("away")

    async with bench.refunds() as agent:
        agent.crash = crash
        supervisor = Supervisor(agent, retries=Retries(most=1), look_seconds=0.02)
        async with at_work(supervisor):
            await supervisor.submit({"order": "A-17"}, workflow_id="wf-1")
            await until(supervisor, Status.PAUSED)
            answered = Request.model_validate(bench.service.close(bench.only_request()))
            await supervisor.record(answered)
            await until(supervisor, Status.GIVEN_UP)
            await agent.recover()
            state = await agent.workflow("wf-1")
            assert state is not None
            assert (state.status, len(state.open_requests)) == (Status.GIVEN_UP, 1)
            broken = False
            await supervisor.redrive("wf-1")
            await until(supervisor, Status.COMPLETED)
    assert [leg for leg, _ in bench.legs] == ["run", "resume", "resume"]


async def test_each_leg_has_its_own_tries(desk: Desk) -> None:
    bench = desk.bench
    failing = {"after the pause", "in the resume"}

    def crash(where: str) -> None:
        if where in failing:
            failing.discard(where)
            raise OSError(where)

    async with bench.refunds() as agent:
        agent.crash = crash
        supervisor = Supervisor(agent, retries=Retries(most=2), look_seconds=0.02)
        async with at_work(supervisor):
            await supervisor.submit({"order": "A-17"}, workflow_id="wf-1")
            await until_tried(desk, supervisor, 1)
            bench.pass_time(10)
            await until(supervisor, Status.PAUSED)
            await supervisor.record(
                Request.model_validate(bench.service.close(bench.only_request()))
            )
            await until_tried(desk, supervisor, 1)
            bench.pass_time(10)
            await until(supervisor, Status.COMPLETED)
    assert len(bench.service.requests) == 1


async def test_a_service_that_asks_for_patience_gets_it(desk: Desk) -> None:
    class Crowded(Exception):
        retry_after_seconds = 40.0

    desk.fails["wf-1"] = [Crowded("later")]
    async with desk.supervisor() as supervisor:
        await supervisor.submit(workflow_id="wf-1")
        async with at_work(supervisor):
            tries = await until_tried(desk, supervisor, 1)
    assert (tries.next_try_at - desk.bench.now).total_seconds() == pytest.approx(40, abs=0.1)


async def test_stopping_waits_for_the_leg_that_has_begun(desk: Desk) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await may_end.wait()

    async with desk.supervisor(lambda *_: work()) as supervisor:
        await supervisor.submit(workflow_id="wf-1")
        await supervisor.submit(workflow_id="wf-2")
        running = asyncio.create_task(supervisor.run())
        await begun.wait()
        supervisor.stop()
        may_end.set()
        await running
        assert set(await supervisor.counts()) <= {Status.COMPLETED, Status.RUNNING}
        assert (await supervisor.counts())[Status.COMPLETED] >= 1


async def test_a_store_that_is_away_for_a_while_stops_nobody(desk: Desk) -> None:
    async with desk.supervisor() as watching, desk.supervisor() as supervisor:
        await watching.submit(workflow_id="wf-1")
        store = desk.stores[-1]
        known = store.transaction
        asked = 0

        @asynccontextmanager
        async def away() -> AsyncGenerator[Any]:
            nonlocal asked
            asked += 1
            if asked <= 3:
                raise httpx.ConnectError("away")
            async with known() as tables:
                yield tables

        store.transaction = away
        async with at_work(supervisor):
            await until(watching, Status.COMPLETED)
    assert desk.ran == ["wf-1"]
