"""The SDK against the whole running system: asking, pausing, being called back, polling."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from handraise import (
    Agent,
    Answered,
    ChangesRequested,
    Handraise,
    HandraiseSync,
    Receiver,
    Request,
    TimedOut,
    open_store,
)
from handraise.errors import AlreadyDecided, Invalid, NotFound
from handraise.storage import Status
from starlette.applications import Starlette
from starlette.routing import Route

from kernel.http_server import HttpServer
from tests.support.eventually import eventually
from tests.support.processes import ROOT, free_port_base
from tests.support.servers import OwnBroker, fresh_database
from tests.support.system import System, whole_system
from tests.unit.sdk.agents import ListBus, Panel, Refunds

AGENT_PROCESS = """
import asyncio, os, signal, sys
from handraise import Handraise, open_store
from tests.unit.sdk.agents import Refunds

class Dies(Refunds):
    async def pause(self, *args, **kwargs):
        if sys.argv[3] == "before the request":
            async def die(*_): os.kill(os.getpid(), signal.SIGKILL)
            self.runtime.hand.open = die
        paused = await super().pause(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        return paused

async def main():
    async with Handraise.from_env() as hand, await open_store(sys.argv[1]) as store:
        agent = Dies(hand, store, callback_webhook=sys.argv[2])
        agent.legs = []
        await agent.start({"order": sys.argv[3]}, workflow_id="wf " + sys.argv[3])

asyncio.run(main())
"""


@pytest.fixture
async def system(
    own_broker: Callable[[], OwnBroker], database: str, tmp_path: Path
) -> AsyncGenerator[System]:
    async with whole_system(own_broker, database, tmp_path) as running:
        yield running


async def test_journeys_of_agents(system: System, postgres: str, tmp_path: Path) -> None:
    """One system serves these journeys: starting it is what takes time."""
    url = system.credentials["HANDRAISE_URL"]
    with fresh_database(postgres) as memory:
        async with (
            Handraise(url, system.credentials["HANDRAISE_API_KEY"]) as hand,
            Handraise(url, system.credentials["HANDRAISE_REVIEWER_TOKEN"]) as reviewer,
        ):
            await _verbs_and_refusals(hand, reviewer)
            await asyncio.to_thread(_the_sync_client, system)
            await _asks_while_the_front_door_dies(system, hand, reviewer)
            await _dies_and_is_called_back(system, hand, reviewer, memory)
            await _polls(hand, reviewer, memory)
            await _the_demo(system, tmp_path)


async def _verbs_and_refusals(hand: Handraise, reviewer: Handraise) -> None:
    opened = await hand.request(
        title="Code?", kind="code_review", timeout=30, idempotency_key="the-one"
    )
    again = await hand.request(
        title="Code?", kind="code_review", timeout=30, idempotency_key="the-one"
    )
    assert again.id == opened.id
    with pytest.raises(Invalid) as reused:
        await hand.request(title="Other?", kind="code_review", idempotency_key="the-one")
    assert reused.value.code == "key_reused"
    with pytest.raises(NotFound):
        await hand.get("00000000-0000-4000-8000-000000000000")

    await reviewer.claim(opened.id)
    await reviewer.comment(opened.id, "looking at it")
    await hand.extend(opened.id, timedelta(hours=2))
    await reviewer.respond(opened.id, decision="request_changes", comment="smaller")
    wanted = await hand.wait(opened.id)
    assert isinstance(wanted, ChangesRequested)
    assert wanted.comment == "smaller"
    assert wanted.revise_by is not None
    revised = await hand.revise(opened.id, description="smaller now", note="as asked")
    waiting = asyncio.create_task(hand.wait(opened.id))
    seen = await reviewer.get(opened.id, min_version=revised.version)
    await reviewer.respond(
        opened.id,
        decision="approve",
        revision=seen.revision or 0,
        content_hash=seen.content_hash or "",
    )
    answered = await waiting
    assert isinstance(answered, Answered)
    with pytest.raises(AlreadyDecided) as late:
        await reviewer.respond(opened.id, decision="reject", comment="late")
    assert late.value.winner["actor_id"] == answered.responder_id
    events = [entry.event for entry in await hand.history(opened.id)]
    assert {"Requested", "Assigned", "Commented", "Revised", "Received"} <= set(events)

    moot = await hand.request(title="Moot?")
    await hand.cancel(moot.id, "no longer needed")
    assert (await hand.get(moot.id)).outcome == "cancelled"
    assert isinstance(await hand.ask(title="Quick?", timeout=timedelta(seconds=1)), TimedOut)


def _the_sync_client(system: System) -> None:
    keys = system.credentials
    with (
        HandraiseSync(keys["HANDRAISE_URL"], keys["HANDRAISE_API_KEY"]) as hand,
        HandraiseSync(keys["HANDRAISE_URL"], keys["HANDRAISE_REVIEWER_TOKEN"]) as reviewer,
    ):
        opened = hand.request(title="In a thread?", workflow_id="wf-sync")
        reviewer.respond(opened.id, decision="approve", comment="yes")
        assert isinstance(hand.wait(opened.id), Answered)
        page = hand.list(workflow_id="wf-sync", state=["responded", "completed"])
        assert [item.id for item in page.items] == [opened.id]


async def _asks_while_the_front_door_dies(
    system: System, hand: Handraise, reviewer: Handraise
) -> None:
    asking = asyncio.create_task(hand.ask(title="Still there?", workflow_id="wf-door"))
    opened = await eventually(lambda: _the_request(reviewer, "wf-door"))
    assert opened is not None
    system.processes["api"].kill()
    system.processes["api"].start()
    await system.processes["api"].ready()
    await reviewer.respond(opened.id, decision="approve", comment="yes")
    assert isinstance(await asking, Answered)
    assert len((await reviewer.list(workflow_id="wf-door")).items) == 1


async def _dies_and_is_called_back(
    system: System, hand: Handraise, reviewer: Handraise, memory: str
) -> None:
    """SIGKILL before and after the request was opened: one question each, and one end."""
    ways = ("before the request", "after the request")
    async with await open_store(memory) as store:
        bus = ListBus()
        agent = Refunds(hand, store, bus=bus)
        agent.legs = []
        async with _called_back(system, agent) as webhook:
            agent.runtime.callback_webhook = webhook
            for way in ways:
                await _run_to_its_death(system, memory, webhook, way)
            agent.runtime.lease_seconds = 1
            await _let_leases_lapse(agent, [f"wf {way}" for way in ways])
            healed = await agent.recover()
            assert healed.failed == {}
            for way in ways:
                opened = await eventually(lambda way=way: _the_request(reviewer, f"wf {way}"))
                assert opened is not None
                await reviewer.respond(opened.id, decision="approve", comment="LGTM")
                await eventually(lambda way=way: _is_completed(agent, f"wf {way}"))
                await eventually(lambda way=way: _is_answered(reviewer, f"wf {way}"))
    ends = [event for event in bus.published if event.event_type == "code.approved"]
    assert sorted(event.workflow_id for event in ends) == sorted(f"wf {way}" for way in ways)


async def _run_to_its_death(system: System, memory: str, webhook: str, way: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        AGENT_PROCESS,
        memory,
        webhook,
        way,
        cwd=ROOT,
        env={**os.environ, **system.credentials, "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk'}"},
    )
    assert await process.wait() == -signal.SIGKILL


async def _let_leases_lapse(agent: Agent, workflow_ids: list[str]) -> None:
    """The dead process's leases end now, and not in half a minute."""
    async with agent.runtime.store.transaction() as tables:
        for workflow_id in workflow_ids:
            workflow = await tables.workflows.get(workflow_id)
            assert workflow is not None
            assert workflow.claimed_by is not None
            await tables.workflows.release(workflow_id, workflow.claimed_by)


async def _polls(hand: Handraise, reviewer: Handraise, memory: str) -> None:
    """Three questions at once, and nobody can call this agent back."""
    async with await open_store(memory) as store:
        agent = Panel(hand, store)
        agent.legs = []
        paused = await agent.start(workflow_id="wf-panel")
        polling = asyncio.create_task(agent.resume_by_polling())
        for waiting in paused.open_requests:
            await reviewer.respond(waiting.request_id or "", decision="approve")
        await polling
        state = await agent.workflow("wf-panel")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert [len(seen["answers"]) for _, seen in agent.legs] == [1, 2, 3]


async def _the_demo(system: System, directory: Path) -> None:
    told = directory / "demo.txt"
    with told.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "examples.code_review",
            "demo",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env={
                **os.environ,
                **system.credentials,
                "HANDRAISE_RUN_DIR": str(directory),
                "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk'}",
            },
        )
        try:
            status = await asyncio.wait_for(process.wait(), 120)
        except TimeoutError:
            process.kill()
            pytest.fail(f"the demo hangs: {told.read_text()}")
    shown = told.read_text()
    assert status == 0, shown
    story = (
        "workflow.started",
        "code.analysis.needed",
        "no process of the agent runs",
        "bandit B602",
        "A careful reviewer would reject",
        "code.rejected",
        "workflow.completed",
        "was called back and resumed",
        "CallbackSent",
        "A second answer is refused",
    )
    places = [shown.find(words) for words in story]
    assert -1 not in places, shown
    assert places == sorted(places), shown


async def _the_request(reviewer: Handraise, workflow_id: str) -> Request | None:
    page = await reviewer.list(workflow_id=workflow_id)
    return page.items[0] if page.items else None


async def _is_answered(reviewer: Handraise, workflow_id: str) -> bool:
    """Whether its one request is; there is no other."""
    page = await reviewer.list(workflow_id=workflow_id)
    assert len(page.items) == 1
    return page.items[0].outcome == "answered"


async def _is_completed(agent: Agent, workflow_id: str) -> bool:
    state = await agent.workflow(workflow_id)
    return state is not None and state.status is Status.COMPLETED


@asynccontextmanager
async def _called_back(system: System, agent: Agent) -> AsyncGenerator[str]:
    """The agent's receiver on a port of this machine, as its address."""
    receiver = Receiver(agent, secrets=[system.credentials["HANDRAISE_CALLBACK_SECRET"]])
    app = Starlette(routes=[Route("/resume", receiver, methods=["POST"])])
    port = free_port_base()
    serving = asyncio.create_task(HttpServer(app, host="127.0.0.1", port=port).run())
    await eventually(lambda: _listens(port))
    try:
        yield f"http://127.0.0.1:{port}/resume"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await receiver.drain()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
