"""AG2 and Prefect wait for people, on all of Handraise."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from ag2 import Agent, MemoryStream, tool
from ag2.events import ToolCallEvent, ToolResultEvent
from ag2.exceptions import HumanInputFailedError, HumanInputTimeoutError
from ag2.middleware.builtin import approval_required
from ag2.testing import TestConfig
from handraise import Handraise, Request
from handraise.adapters.ag2 import approval_by_people, people_answer
from handraise.pace import Pace

from examples.adapters import ag2_support
from examples.adapters.prefect_server import prefect_here
from examples.common.processes import running, told_by
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings
from tests.support.eventually import eventually
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROCESS_SECONDS = 180
FLOW = "examples.adapters.prefect_flow"


@dataclass(frozen=True, slots=True)
class Scene:
    """A running Handraise, an agent's client and a reviewer's."""

    found: Surroundings
    hand: Handraise
    reviewer: Handraise

    async def asked(self, workflow_id: str, count: int = 1) -> list[Request]:
        """The requests of a workflow, once there are so many."""
        found: list[Request] = []

        async def there() -> bool:
            page = await self.hand.list(workflow_id=workflow_id)
            found[:] = [await self.hand.get(one.id) for one in page.items]
            return len(found) == count

        await eventually(there)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def starting() -> AsyncIterator[asyncio.Task[dict[str, str]]]:
    """A Prefect server that begins to start, and takes its time while others work."""
    server = prefect_here()
    task = asyncio.create_task(asyncio.to_thread(server.__enter__))
    yield task
    await task
    await asyncio.to_thread(server.__exit__, None, None, None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(starting: asyncio.Task[dict[str, str]], playing: Stage) -> AsyncIterator[Scene]:
    assert starting
    found = playing.found("adapters")
    async with (
        Handraise(found.url, found.api_key) as hand,
        Handraise(found.url, found.reviewer_token) as reviewer,
    ):
        yield Scene(found, hand, reviewer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prefect(starting: asyncio.Task[dict[str, str]]) -> AsyncIterator[None]:
    """The server, where the processes of this module find it.

    Prefect itself stays out of this one: without its settings it would write into the home
    directory, and tell its makers.
    """
    known = await starting
    with pytest.MonkeyPatch.context() as environment:
        for name in known.keys() - os.environ.keys():
            environment.setenv(name, known[name])
        yield


class Till:
    """An AG2 agent with one tool, whose calls it remembers."""

    def __init__(self, middleware: Any, **agent: Any) -> None:
        self.refunds: list[tuple[str, int]] = []

        @tool(middleware=[middleware])
        async def refund(order: str, cents: int) -> str:
            self.refunds.append((order, cents))
            return "refunded"

        self._tool = refund
        self._more = agent

    async def turn(self, stream: MemoryStream) -> str:
        """A turn that calls the tool once, always with the same call; what the model was told."""
        call = ToolCallEvent(id="c1", name="refund", arguments='{"order": "A-17", "cents": 2400}')
        config = TestConfig(call, "done", raise_tool_errors=False)
        agent = Agent("till", config=config, tools=[self._tool], **self._more)
        await agent.ask("go", stream=stream)
        events = await stream.history.get_events()
        results = [one for one in events if isinstance(one, ToolResultEvent)]
        part: Any = results[-1].result.parts[0]
        return str(part.content)


async def test_an_agents_tool_call_is_approved_and_its_question_answered(scene: Scene) -> None:
    desk = await ag2_support.play(scene.found, Screen(), "approve")
    assert desk.refunds == [("A-17", 2400)]
    assert desk.replies == ["As agreed."]


async def test_a_tool_runs_with_edited_arguments_and_a_repeated_call_not_again(
    scene: Scene,
) -> None:
    till, name = Till(approval_by_people(scene.hand)), uuid.uuid4()
    turn = asyncio.create_task(till.turn(MemoryStream(id=name)))
    (asked,) = await scene.asked(str(name))
    context = dict(asked.context or {})
    assert context == {"function": "refund", "arguments": {"order": "A-17", "cents": 2400}}
    edited = {**context, "arguments": {"order": "A-17", "cents": 1200}}
    await scene.reviewer.respond(asked.id, decision="approve", edited=edited)
    assert await turn == "refunded"
    assert "spent" in await till.turn(MemoryStream(id=name))
    assert till.refunds == [("A-17", 1200)]
    assert len(await scene.asked(str(name))) == 1


async def test_a_rejected_tool_call_is_told_to_the_model_and_never_made(scene: Scene) -> None:
    till, name = Till(approval_by_people(scene.hand)), uuid.uuid4()
    turn = asyncio.create_task(till.turn(MemoryStream(id=name)))
    (asked,) = await scene.asked(str(name))
    await scene.reviewer.respond(asked.id, decision="reject", comment="Too much")
    assert await turn == "A person decided: reject: Too much"
    assert till.refunds == []


@pytest.mark.parametrize(("decision", "made"), [("approve", 1), ("reject", 0)])
async def test_the_approvals_of_ag2_itself_are_asked_of_people(
    scene: Scene, decision: str, made: int
) -> None:
    till, name = Till(approval_required(), hitl_hook=people_answer(scene.hand)), uuid.uuid4()
    turn = asyncio.create_task(till.turn(MemoryStream(id=name)))
    (asked,) = await scene.asked(str(name))
    assert "refund" in (asked.description or "")
    await scene.reviewer.respond(asked.id, decision=decision)
    await turn
    assert len(till.refunds) == made


async def test_no_answer_in_time_and_nobody_to_ask_end_the_turn(scene: Scene) -> None:
    hasty = Till(approval_by_people(scene.hand, at_most=timedelta(seconds=1)))
    with pytest.raises(HumanInputTimeoutError):
        await hasty.turn(MemoryStream())
    async with Handraise("http://127.0.0.1:9", "hr_a_b", pace=Pace(patience_seconds=0)) as nobody:
        lost = Till(approval_by_people(nobody))
        with pytest.raises(HumanInputFailedError):
            await lost.turn(MemoryStream())
    assert hasty.refunds == lost.refunds == []


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("prefect")
async def test_a_flow_run_is_suspended_and_goes_on_in_another_process(
    scene: Scene, tmp_path: Path
) -> None:
    async with running(FLOW, ["begin", str(tmp_path), "r"]) as process:
        told = await told_by(process, PROCESS_SECONDS)
        await process.wait()
    (asked,) = told["waits_for"]
    await scene.reviewer.respond(asked, decision="approve")
    async with running(FLOW, ["resume", str(tmp_path), "r"]) as process:
        told = await told_by(process, PROCESS_SECONDS)
    assert told["said"] == "Published: All about Herons. (drafts written: 1)"
    assert len(await scene.asked((tmp_path / "r").read_text())) == 1


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("prefect")
async def test_a_task_that_is_retried_asks_nobody_twice(scene: Scene) -> None:
    async with running("tests.support.prefect_tries", []) as process:
        run_id = (await told_by(process, PROCESS_SECONDS))["run"]
        (asked,) = await scene.asked(run_id)
        await scene.reviewer.respond(asked.id, decision="answer", comment="Herons!")
        told = await told_by(process, PROCESS_SECONDS)
    assert told["said"] == "Herons!"
    assert told["tries"] == 2
    assert len(await scene.asked(run_id)) == 1
